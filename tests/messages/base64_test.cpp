#include "messages/base64.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::messages {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

TEST(base64, matches_the_vectors_of_rfc_4648) {
  const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"},
                                                               {"\xfb\xff\xfe", "+//+"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(encoded(bytes), text);
    const auto decoded = decode_base64(text);
    ASSERT_TRUE(decoded) << text;
    EXPECT_EQ(*decoded, bytes);
  }
}

TEST(base64, skips_line_ends) {
  const auto decoded = decode_base64("Zm9v\r\nYm\nE=\n");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, "fooba");
}

TEST(base64, names_the_byte_at_fault_as_go_does) {
  const std::vector<std::pair<std::string, int>> cases{
      {"zz", 0},  {"A", 0},    {"!", 0},     {"AAA!", 3},  {"====", 0},  {"A===", 1},
      {"AA=", 3}, {"AA=A", 2}, {"AA==A", 4}, {"AAAA=", 4}, {"AAAAB", 4}, {"AA-_", 2}};
  for (const auto& [text, at] : cases) {
    const auto decoded = decode_base64(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().detail, "illegal base64 data at input byte " + std::to_string(at))
        << text;
  }
}

TEST(base64, reads_back_whatever_it_wrote) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(random() % 100, 0);
    for (char& c : bytes)
      c = static_cast<char>(random());
    const auto decoded = decode_base64(encoded(bytes));
    ASSERT_TRUE(decoded);
    ASSERT_EQ(*decoded, bytes);
  }
}

}  // namespace
}  // namespace troupe::messages
