#include "actors/session/session_core.hpp"

#include <gtest/gtest.h>

#include "actors/session/session_validation.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::session {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

class session_core_test : public ::testing::Test {
 protected:
  session_core_test() { core.lead({}, now); }

  time_point now{1h};
  session_core core;
};

TEST_F(session_core_test, a_session_ends_twice_its_ttl_after_it_began) {
  core.began({"s", 10s}, now);
  EXPECT_EQ(core.next_deadline(), now + 20s);
  EXPECT_EQ(core.take_expired(now + 20s - 1ns), names{});
  EXPECT_EQ(core.take_expired(now + 20s), names{"s"});
  EXPECT_EQ(core.take_expired(now + 1h), names{});
}

TEST_F(session_core_test, a_renewal_starts_the_count_anew_and_a_repeated_beginning_does_not) {
  core.began({"s", 10s}, now);
  EXPECT_TRUE(core.renew("s", now + 15s));
  core.began({"s", 10s}, now + 30s);
  EXPECT_EQ(core.take_expired(now + 35s - 1ns), names{});
  EXPECT_EQ(core.take_expired(now + 35s), names{"s"});
}

TEST_F(session_core_test, a_session_whose_time_is_over_cannot_be_renewed) {
  core.began({"s", 10s}, now);
  core.take_expired(now + 20s);
  EXPECT_FALSE(core.renew("s", now + 20s));
  core.end_failed("s", now + 20s);
  EXPECT_FALSE(core.renew("s", now + 20s));
  EXPECT_FALSE(core.renew("nobody", now));
}

TEST_F(session_core_test, a_failed_end_is_tried_again_at_growing_intervals) {
  core.began({"s", 10s}, now);
  now += 20s;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_EQ(core.take_expired(now), names{"s"});
    core.end_failed("s", now);
    EXPECT_EQ(core.next_deadline(), now + wait);
    now += wait;
  }
  core.take_expired(now);
  core.ended("s");
  EXPECT_EQ(core.next_deadline(), std::nullopt);
}

TEST_F(session_core_test, a_new_leader_counts_from_the_start_and_a_follower_not_at_all) {
  core.began({"s", 10s}, now);
  core.follow();
  EXPECT_EQ(core.next_deadline(), std::nullopt);
  EXPECT_FALSE(core.renew("s", now));
  core.began({"t", 10s}, now);
  core.lead({{"s", 10s}}, now + 19s);
  EXPECT_EQ(core.next_deadline(), now + 39s);
}

TEST_F(session_core_test, a_replaced_state_keeps_the_count_of_sessions_in_both) {
  core.began({"stays", 10s}, now);
  core.began({"goes", 10s}, now);
  core.replaced({{"stays", 10s}, {"comes", 10s}}, now + 5s);
  EXPECT_EQ(core.take_expired(now + 20s), names{"stays"});
  EXPECT_EQ(core.take_expired(now + 25s), names{"comes"});
}

TEST_F(session_core_test, only_so_many_ends_are_under_way_at_once) {
  constexpr auto most = messages::limits::session_destroys_in_flight_max;
  for (std::size_t i = 0; i < most + 10; ++i)
    core.began({std::to_string(i), 10s}, now);
  const auto first = core.take_expired(now + 20s);
  EXPECT_EQ(first.size(), most);
  EXPECT_EQ(core.take_expired(now + 20s), names{});
  EXPECT_EQ(core.next_deadline(), std::nullopt);
  core.ended(first.front());
  EXPECT_EQ(core.take_expired(now + 20s).size(), 1u);
}

TEST_F(session_core_test, a_lost_lock_stays_refused_for_its_delay_and_at_most_a_minute) {
  core.follow();  // every server counts
  core.delay_lock("a", 3s, now);
  core.delay_lock("b", 5min, now);
  core.delay_lock("c", 0s, now);
  EXPECT_TRUE(core.lock_is_delayed("a", now + 3s - 1ns));
  EXPECT_FALSE(core.lock_is_delayed("a", now + 3s));
  EXPECT_TRUE(core.lock_is_delayed("b", now + 60s - 1ns));
  EXPECT_FALSE(core.lock_is_delayed("b", now + 60s));
  EXPECT_FALSE(core.lock_is_delayed("c", now));
}

TEST_F(session_core_test, past_delays_are_forgotten_and_the_newest_of_a_key_counts) {
  core.delay_lock("a", 3s, now);
  core.delay_lock("a", 3s, now + 2s);
  EXPECT_EQ(core.next_deadline(), now + 3s);
  core.forget_past_delays(now + 3s);
  EXPECT_TRUE(core.lock_is_delayed("a", now + 4s));
  core.forget_past_delays(now + 5s);
  EXPECT_FALSE(core.lock_is_delayed("a", now + 4s));
  EXPECT_EQ(core.next_deadline(), std::nullopt);
}

std::string refusal(const std::string& ttl) {
  const auto outcome = session_ttl(ttl, 10s);
  return outcome ? "(none)" : outcome.error().detail;
}

TEST(session_validation, a_ttl_is_none_or_between_its_bounds) {
  EXPECT_EQ(*session_ttl("", 10s), 0s);
  EXPECT_EQ(*session_ttl("0s", 10s), 0s);
  EXPECT_EQ(*session_ttl("10s", 10s), 10s);
  EXPECT_EQ(*session_ttl("24h", 10s), 24h);
  EXPECT_EQ(refusal("5s"), "Invalid Session TTL '5000000000', must be between [10s=24h0m0s]");
  EXPECT_EQ(refusal("24h1s"),
            "Invalid Session TTL '86401000000000', must be between [10s=24h0m0s]");
  EXPECT_EQ(refusal("abc"), "Session TTL 'abc' invalid: time: invalid duration \"abc\"");
}

}  // namespace
}  // namespace troupe::actors::session
