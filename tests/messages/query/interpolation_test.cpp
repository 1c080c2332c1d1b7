#include "messages/query/interpolation.hpp"

#include <random>
#include <utility>

#include <gtest/gtest.h>

namespace troupe::messages::query {
namespace {

const interpolation_values geo_db_main{"geo-db-main", "geo-", "db-main", {"geo-db-main", "db", ""}};

std::string filled(std::string_view text, const interpolation_values& values = geo_db_main) {
  const auto out = interpolate(text, values);
  return out ? *out : "refused: " + out.error().detail;
}

TEST(interpolation, leaves_plain_text_alone) {
  for (const char* text : {"", "web", "a $ b", "{}", "}", "$", "$$", "{name.full}", "\"", "ü\n"})
    EXPECT_EQ(filled(text), text);
}

TEST(interpolation, fills_in_the_parts_of_the_name) {
  EXPECT_EQ(filled("${name.full}"), "geo-db-main");
  EXPECT_EQ(filled("<${name.prefix}|${name.suffix}>"), "<geo-|db-main>");
  EXPECT_EQ(filled("${ \tname.full\n }"), "geo-db-main");
  EXPECT_EQ(filled("${agent.segment}"), "");
}

TEST(interpolation, gives_what_a_group_has_matched_and_nothing_for_one_that_there_is_not) {
  EXPECT_EQ(filled("${match(0)}.${match(1)}.${ match( 2 ) }"), "geo-db-main.db.");
  EXPECT_EQ(filled("${match(3)}"), "");
  EXPECT_EQ(filled("${match(-1)}"), "");
  EXPECT_EQ(filled("${match(0)}", {"a", "a", "", {}}), "");
}

TEST(interpolation, takes_literals_and_twice_the_sign_for_the_sign) {
  EXPECT_EQ(filled(R"(${"a \"b\" \\ \n."})"), "a \"b\" \\ \n.");
  EXPECT_EQ(filled("$${name.full}"), "${name.full}");
  EXPECT_EQ(filled("$$${name.full}"), "$${name.full}");
}

TEST(interpolation, does_not_read_what_it_has_filled_in) {
  EXPECT_EQ(filled("${name.full}", {"${name.suffix}", "", "x", {}}), "${name.suffix}");
}

TEST(interpolation, tells_texts_that_cannot_be_read_from_those_about_what_there_is_not) {
  const auto refused = [](const char* text, errc code) {
    const auto out = interpolate(text, geo_db_main);
    ASSERT_FALSE(out) << text << " gave " << *out;
    EXPECT_EQ(out.error().code, code) << text;
    EXPECT_NE(out.error().detail, "") << text;
  };
  for (const char* text : {"${", "${}", "${name.full", "${name.full]", "${\"open}", "${\"open\\"})
    refused(text, errc::bad_request);
  for (const char* text : {"${name.half}", "${zonk(1)}", "${match}", "${match()}", "${match(a)}",
                           "${match(1}", "${match(1, 2)}", "${match(99999999999999999999999)}"})
    refused(text, errc::failed);
  EXPECT_EQ(filled("${name.half}"), "refused: unknown variable accessed: name.half");
  EXPECT_EQ(filled("${zonk(1)}"), "refused: unknown function called: zonk");
}

// Pieces whose meaning is known, in any order, mean what they mean one by one.
TEST(interpolation, of_pieces_together_is_that_of_each) {
  const std::vector<std::pair<std::string, std::string>> pieces = {
      {"web", "web"}, {"${name.full}", "geo-db-main"}, {"$${", "${"},
      {"}", "}"},     {"${match(1)}", "db"},           {"${\"${\"}", "${"},
      {" ", " "},     {"${name.suffix}", "db-main"},   {"\"", "\""},
      {"\\", "\\"},
  };
  std::mt19937 random(20);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    std::string expected;
    for (auto left = random() % 8; left > 0; --left) {
      const auto& [piece, meaning] = pieces[random() % pieces.size()];
      text += piece;
      expected += meaning;
    }
    ASSERT_EQ(filled(text), expected) << text;
  }
}

}  // namespace
}  // namespace troupe::messages::query
