#include "messages/go_time.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::messages {
namespace {

std::string written(std::int64_t unix_ns) {
  std::string out;
  append_go_time(out, unix_ns);
  return out;
}

TEST(go_time, is_written_in_utc_with_no_more_digits_than_it_needs) {
  EXPECT_EQ(written(1'795'360'562'000'000'000), "2026-11-22T15:16:02Z");
  EXPECT_EQ(written(1'795'360'562'120'000'000), "2026-11-22T15:16:02.12Z");
  EXPECT_EQ(written(1'795'360'562'000'000'001), "2026-11-22T15:16:02.000000001Z");
  EXPECT_EQ(written(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(go_time, zero_is_gos_zero_time) {
  EXPECT_EQ(written(0), "0001-01-01T00:00:00Z");
  EXPECT_EQ(*parse_go_time("0001-01-01T00:00:00Z"), 0);
}

TEST(go_time, is_read_with_any_offset) {
  EXPECT_EQ(*parse_go_time("2026-11-22T15:16:02Z"), 1'795'360'562'000'000'000);
  EXPECT_EQ(*parse_go_time("2026-11-22T16:46:02.5+01:30"), 1'795'360'562'500'000'000);
  EXPECT_EQ(*parse_go_time("2026-11-22T5:16:02-10:00"), 1'795'360'562'000'000'000);
}

TEST(go_time, is_refused_with_gos_text) {
  const std::string layout = R"( as "2006-01-02T15:04:05Z07:00": cannot parse )";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"zz", R"(parsing time "zz")" + layout + R"("zz" as "2006")"},
      {"2026", R"(parsing time "2026")" + layout + R"("" as "-")"},
      {"2026-11-22 15:16:02Z",
       R"(parsing time "2026-11-22 15:16:02Z")" + layout + R"(" 15:16:02Z" as "T")"},
      {"2026-11-22T15:16:02",
       R"(parsing time "2026-11-22T15:16:02")" + layout + R"("" as "Z07:00")"},
      {"2026-13-22T15:16:02Z", R"(parsing time "2026-13-22T15:16:02Z": month out of range)"},
      {"2026-02-29T15:16:02Z", R"(parsing time "2026-02-29T15:16:02Z": day out of range)"},
      {"2026-11-22T24:16:02Z", R"(parsing time "2026-11-22T24:16:02Z": hour out of range)"},
      {"2026-11-22T15:16:02Zz", R"(parsing time "2026-11-22T15:16:02Zz": extra text: "z")"},
      {"9999-01-01T00:00:00Z", R"(parsing time "9999-01-01T00:00:00Z": year out of range)"},
  };
  for (const auto& [text, detail] : cases) {
    const auto parsed = parse_go_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().detail, detail);
  }
}

TEST(go_time, reads_back_whatever_it_wrote) {
  std::mt19937_64 random{3};
  for (int i = 0; i < 20'000; ++i) {
    const auto unix_ns = static_cast<std::int64_t>(random()) >> (random() % 30 + 1);
    const auto text = written(unix_ns);
    const auto parsed = parse_go_time(text);
    ASSERT_TRUE(parsed) << parsed.error().detail;
    ASSERT_EQ(*parsed, unix_ns) << text;
  }
}

}  // namespace
}  // namespace troupe::messages
