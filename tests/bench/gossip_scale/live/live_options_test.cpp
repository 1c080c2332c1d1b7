#include "bench/gossip_scale/live/live_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

std::string refusal(const std::vector<std::string>& args) {
  const auto parsed = parse_live_options(args);
  return parsed ? std::string("taken") : parsed.error().detail;
}

TEST(live_options, are_a_thousand_members_of_a_lan_if_nothing_is_said) {
  const auto made = parse_live_options({});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->members, 1000U);
  EXPECT_EQ(made->settings.probe_interval, 1s);
  EXPECT_EQ(made->all_members(), 1000U);
}

TEST(live_options, say_who_is_in_the_pool_and_what_happens_to_it) {
  const auto made =
      parse_live_options({"-members=20", "-kills", "3", "-pauses=2", "-serf=4", "-serf-kills=1",
                          "-settings=local", "-alpha=2.5", "-pause-length=5s"});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->all_members(), 24U);
  EXPECT_EQ(first_killed(*made), 15U);
  EXPECT_EQ(first_paused(*made), 18U);
  EXPECT_EQ(made->settings.suspicion_multiplier, 2.5);
  EXPECT_EQ(made->settings.probe_timeout, 200ms);
  EXPECT_EQ(made->pause_length, 5s);
}

TEST(live_options, refuse_nonsense_in_one_line) {
  const std::vector<std::vector<std::string>> nonsense = {{"-members=1"},
                                                          {"-members=20001"},
                                                          {"-members=x"},
                                                          {"-kills=1000"},
                                                          {"-settings=moon"},
                                                          {"-serf=2", "-settings=development"},
                                                          {"-alpha=nan"},
                                                          {"-alpha=0"},
                                                          {"-pause-length=0s"},
                                                          {"-join-time=-1s"},
                                                          {"-threads=0"},
                                                          {"-seeds=0"},
                                                          {"-seeds=999", "-kills=2"},
                                                          {"-serf-kills=1"},
                                                          {"-first-address=there"},
                                                          {"-first-address=::1"},
                                                          {"-port=0"},
                                                          {"-port=65535"},
                                                          {"-patience=0s"},
                                                          {"live"},
                                                          {"-no-such-flag"},
                                                          {"-first-address=255.255.255.255"}};
  for (const auto& args : nonsense) {
    const auto told = refusal(args);
    EXPECT_NE(told, "taken") << args.front();
    EXPECT_FALSE(told.empty()) << args.front();
    EXPECT_THAT(told, Not(HasSubstr("\n"))) << args.front();
  }
}

TEST(live_options, tell_how_they_are_used) {
  EXPECT_THAT(refusal({"-help"}), HasSubstr("-serf-pauses"));
}

TEST(live_options, give_each_member_the_next_address) {
  const auto made = parse_live_options({"-first-address=127.1.0.250", "-port=8000"});
  ASSERT_TRUE(made);
  EXPECT_EQ(endpoint_of(*made, 0).text(), "127.1.0.250:8000");
  EXPECT_EQ(endpoint_of(*made, 6).text(), "127.1.1.0:8000");
}

TEST(live_options, name_members_and_know_them_by_their_names) {
  const auto made = parse_live_options({"-members=10", "-serf=5"});
  ASSERT_TRUE(made);
  EXPECT_EQ(name_of(*made, 9), "live-9");
  EXPECT_EQ(name_of(*made, 10), "serf-10");
  for (std::uint32_t member = 0; member < made->all_members(); ++member)
    EXPECT_EQ(number_of(*made, name_of(*made, member)), member);
  for (const char* stranger : {"live-99", "live-", "serf-1x", "x", "", "live-99999999999999"})
    EXPECT_EQ(number_of(*made, stranger), made->all_members()) << stranger;
}

}  // namespace
}  // namespace troupe::gossip_scale
