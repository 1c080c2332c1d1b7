#include "actors/health/probes/target_url.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

TEST(target_url, takes_a_url_apart) {
  const auto url = parse_target_url("HTTPS://me:p%40ss@Example.COM/a b?q=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user_info, "me:p@ss");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->target, "/a%20b?q=1");
  EXPECT_EQ(parse_target_url("http://[::1]:8500")->host, "::1");
  EXPECT_EQ(parse_target_url("http://[::1]:8500")->port, "8500");
  EXPECT_EQ(parse_target_url("http://x?y")->target, "/?y");
}

TEST(target_url, refuses_what_could_smuggle_or_lead_nowhere) {
  for (const auto* text : {"http://x/\r\nEvil: 1", "ftp://x", "http://", "x", "http://x:99999/"})
    EXPECT_FALSE(parse_target_url(text)) << text;
}

TEST(target_url, resolves_a_location_against_its_base) {
  const auto base = *parse_target_url("http://x:81/a/b?q");
  EXPECT_EQ(resolve_location(base, "/c?d")->target, "/c?d");
  EXPECT_EQ(resolve_location(base, "c")->target, "/a/c");
  EXPECT_EQ(resolve_location(base, "?z")->target, "/a/b?z");
  EXPECT_EQ(resolve_location(base, "//y/c")->host, "y");
  EXPECT_EQ(resolve_location(base, "/r?to=http://y/")->host, "x");
  EXPECT_EQ(resolve_location(base, "https://x/")->port, "443");
  EXPECT_FALSE(resolve_location(base, "file:///etc/passwd"));
}

TEST(target_url, never_leads_to_another_host_nor_out_of_tls) {
  const auto plain = *parse_target_url("http://x/");
  const auto safe = *parse_target_url("https://x/");
  EXPECT_TRUE(may_follow(plain, safe));
  EXPECT_FALSE(may_follow(safe, plain));
  EXPECT_FALSE(may_follow(plain, *parse_target_url("http://x.example/")));
}

TEST(target_url, splits_host_and_port) {
  EXPECT_EQ(split_host_port("[::1]:80")->host, "::1");
  EXPECT_EQ(split_host_port("x").error().detail, "address x: missing port in address");
  EXPECT_EQ(split_host_port("::1:80").error().detail, "address ::1:80: too many colons in address");
  EXPECT_FALSE(split_host_port("x:http"));
}

}  // namespace
}  // namespace troupe::actors
