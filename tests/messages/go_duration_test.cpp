#include "messages/go_duration.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::messages {
namespace {

constexpr auto ns_max = std::numeric_limits<std::int64_t>::max();
constexpr auto ns_min = std::numeric_limits<std::int64_t>::min();

TEST(go_duration, is_read_from_all_of_gos_forms) {
  const std::vector<std::pair<std::string, std::int64_t>> cases{
      {"0", 0},
      {"+0", 0},
      {"-0", 0},
      {"5s", 5'000'000'000},
      {"1478s", 1'478'000'000'000},
      {"-5s", -5'000'000'000},
      {"+5s", 5'000'000'000},
      {"5.s", 5'000'000'000},
      {".5s", 500'000'000},
      {"1.5h", 5'400'000'000'000},
      {"1h30m", 5'400'000'000'000},
      {"10ns", 10},
      {"11us", 11'000},
      {"12\u00b5s", 12'000},
      {"12\u03bcs", 12'000},
      {"13ms", 13'000'000},
      {"3h4m5.6s", 11'045'600'000'000},
      {"1m1s1m", 121'000'000'000},
      {"0.3333333333333333333h", 1'200'000'000'000},
      {"9007199254.740993ms", 9'007'199'254'740'993},
      {"9223372036854775807ns", ns_max},
      {"9223372036s854ms775us807ns", ns_max},
      {"-9223372036854775808ns", ns_min},
  };
  for (const auto& [text, nanoseconds] : cases) {
    const auto parsed = parse_go_duration(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().detail;
    EXPECT_EQ(parsed->count(), nanoseconds) << text;
  }
}

TEST(go_duration, is_refused_with_gos_text) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", R"(time: invalid duration "")"},
      {"zz", R"(time: invalid duration "zz")"},
      {"3", R"(time: missing unit in duration "3")"},
      {"10", R"(time: missing unit in duration "10")"},
      {"-", R"(time: invalid duration "-")"},
      {"s", R"(time: invalid duration "s")"},
      {".", R"(time: invalid duration ".")"},
      {".s", R"(time: invalid duration ".s")"},
      {"1x", R"(time: unknown unit "x" in duration "1x")"},
      {"1s 2", R"(time: unknown unit "s " in duration "1s 2")"},
      {"1d", R"(time: unknown unit "d" in duration "1d")"},
      {"\"1\n", R"(time: invalid duration "\"1\x0a")"},
      {"1\u00e9", R"(time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9")"},
      {"9223372036854775808ns", R"(time: invalid duration "9223372036854775808ns")"},
      {"9223372036854775.808us", R"(time: invalid duration "9223372036854775.808us")"},
      {"3000000h", R"(time: invalid duration "3000000h")"},
      {"99999999999999999999h", R"(time: invalid duration "99999999999999999999h")"},
  };
  for (const auto& [text, detail] : cases) {
    const auto parsed = parse_go_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().detail, detail);
    EXPECT_EQ(parsed.error().code, errc::bad_request);
  }
}

TEST(go_duration, is_written_as_go_writes_it) {
  const std::vector<std::pair<std::int64_t, std::string>> cases{
      {0, "0s"},
      {1, "1ns"},
      {1'100, "1.1\u00b5s"},
      {2'200'000, "2.2ms"},
      {200'000'000, "200ms"},
      {3'300'000'000, "3.3s"},
      {10'000'000'000, "10s"},
      {60'000'000'000, "1m0s"},
      {245'000'000'000, "4m5s"},
      {245'001'000'000, "4m5.001s"},
      {5'400'000'000'000, "1h30m0s"},
      {18'367'001'000'000, "5h6m7.001s"},
      {480'000'000'001, "8m0.000000001s"},
      {-90'000'000'000, "-1m30s"},
      {ns_max, "2562047h47m16.854775807s"},
      {ns_min, "-2562047h47m16.854775808s"},
  };
  for (const auto& [nanoseconds, text] : cases)
    EXPECT_EQ(to_go_duration(std::chrono::nanoseconds{nanoseconds}), text);
}

TEST(go_duration, reads_back_whatever_it_wrote) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    const std::chrono::nanoseconds duration{static_cast<std::int64_t>(random()) >> (random() % 64)};
    const auto text = to_go_duration(duration);
    const auto parsed = parse_go_duration(text);
    ASSERT_TRUE(parsed) << text;
    ASSERT_EQ(parsed->count(), duration.count()) << text;
  }
}

}  // namespace
}  // namespace troupe::messages
