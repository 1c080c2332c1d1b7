// A member listens to what waits in its own socket before it accuses or declares dead.
#include "actors/gossip/swim/own_ear.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

using testing::Contains;
using testing::Not;

constexpr sequence_number first{1};
constexpr auto never = time_point::max();

struct own_ear_test : testing::Test {
  time_point now = time_point{} + 1h;
  own_ear ear{true, 500ms, 60s};

  void prove_itself() {
    ear.sent(first, now);
    EXPECT_TRUE(ear.hears(first));
  }
};

TEST_F(own_ear_test, is_tried_at_the_start_and_then_only_for_what_is_due) {
  EXPECT_TRUE(ear.wants_ping(never, now));
  prove_itself();
  EXPECT_FALSE(ear.wants_ping(never, now));
  EXPECT_FALSE(ear.wants_ping(now + 1s, now));
  EXPECT_TRUE(ear.wants_ping(now + 1s, now + 1s));
}

TEST_F(own_ear_test, lets_be_decided_what_was_due_before_the_ping_that_came_back) {
  prove_itself();
  now += 10s;
  ear.sent({2}, now);
  EXPECT_FALSE(ear.has_heard_until(now));
  EXPECT_TRUE(ear.hears({2}));
  EXPECT_TRUE(ear.has_heard_until(now));
  EXPECT_FALSE(ear.has_heard_until(now + 1ns));
}

TEST_F(own_ear_test, asks_again_after_a_while_and_counts_from_the_first_time) {
  prove_itself();
  const auto due = now + 10s;
  ear.sent({2}, due);
  EXPECT_EQ(ear.next_deadline(due), due + 500ms);
  EXPECT_FALSE(ear.wants_ping(due, due + 499ms));
  EXPECT_TRUE(ear.wants_ping(due, due + 500ms));
  EXPECT_EQ(ear.sequence_or({3}), sequence_number{2});
  ear.sent({2}, due + 500ms);
  EXPECT_TRUE(ear.hears({2}));
  EXPECT_TRUE(ear.has_heard_until(due));
  EXPECT_FALSE(ear.has_heard_until(due + 1ns));
}

TEST_F(own_ear_test, waits_for_nothing_where_the_address_does_not_lead_back) {
  ear.sent(first, now);
  EXPECT_FALSE(ear.has_heard_until(now));
  EXPECT_FALSE(ear.wants_ping(now, now + 500ms));
  EXPECT_TRUE(ear.has_heard_until(now + 1h));
  EXPECT_EQ(ear.next_deadline(now + 1h), now + 1h);
}

TEST_F(own_ear_test, waits_no_longer_than_its_patience_once_it_has_worked) {
  prove_itself();
  ear.sent({2}, now);
  for (auto at = now + 500ms; at < now + 60s; at += 500ms) {
    ASSERT_TRUE(ear.wants_ping(now, at));
    ear.sent({2}, at);
  }
  EXPECT_FALSE(ear.wants_ping(now, now + 60s));
  EXPECT_TRUE(ear.has_heard_until(now + 1h));
  EXPECT_TRUE(ear.hears({2})) << "late, but it works again";
  EXPECT_FALSE(ear.has_heard_until(now + 1h));
}

TEST_F(own_ear_test, waits_for_nothing_when_its_ping_cannot_be_sent) {
  ear.sent(first, now);
  ear.not_sent(first);
  EXPECT_TRUE(ear.has_heard_until(now + 1h));
}

TEST_F(own_ear_test, is_not_asked_if_it_is_not_wanted) {
  own_ear off{false, 500ms, 60s};
  EXPECT_FALSE(off.wants_ping(now, now));
  EXPECT_TRUE(off.has_heard_until(never));
  EXPECT_FALSE(off.hears({0}));
}

// -- in a member -----------------------------------------------------------------------

// A pool in which "a" is suspected for 4 s at the most, as in a small pool with all confirmations.
void suspect_a(one_core& pool) {
  pool.meet({"a", "b", "c", "d", "e", "f"});
  pool.pass(1s);  // its own address leads back to it
  for (const auto* from : {"b", "c", "d"})
    pool.hear_suspect("a", 1, from);
}

TEST(listening, saves_from_death_whose_refutation_waited_while_oneself_stood_still) {
  one_core pool;
  suspect_a(pool);
  pool.is_deaf_to_itself = true;
  pool.now += 60s;  // nothing ran
  pool.core.tick(pool.now);
  pool.take_output();
  EXPECT_EQ(pool.state("a"), member_state::suspect);
  pool.hear_alive("a", 2);
  pool.core.on_ping(pool.own_pings.back());
  pool.pass(1s);
  EXPECT_EQ(pool.state("a"), member_state::alive);
}

TEST(listening, saves_nobody_of_whom_nothing_waited) {
  one_core pool;
  suspect_a(pool);
  pool.now += 60s;
  pool.core.tick(pool.now);
  pool.take_output();
  pool.core.tick(pool.now);
  pool.take_output();
  EXPECT_THAT(pool.events(), Contains("failed a"));
}

TEST(listening, saves_from_an_accusation_whose_ack_waited) {
  one_core pool;
  pool.meet({"a", "b", "c"});
  pool.pass(1ms);
  pool.is_deaf_to_itself = true;
  ping asked;
  for (int i = 0; i < 100 && pool.sent<ping>().empty(); ++i) {
    pool.now = std::max(pool.now, pool.core.next_deadline());
    pool.core.tick(pool.now);
    pool.take_output();
    for (const auto& [where, message] : pool.sent<ping>())
      asked = message;
  }
  pool.pass(20s);
  EXPECT_EQ(pool.core.running_suspicions(), 0U);
  (void)pool.core.on_ack(asked.sequence, pool.now);
  pool.is_deaf_to_itself = false;
  pool.core.on_ping(pool.own_pings.back());
  pool.core.tick(pool.now);
  pool.take_output();
  EXPECT_THAT(pool.events(), Not(Contains("suspected " + pool.name(asked.target))));
}

TEST(listening, delays_nothing_for_long) {
  one_core pool;
  suspect_a(pool);
  pool.is_deaf_to_itself = true;
  pool.pass(55s);
  EXPECT_EQ(pool.state("a"), member_state::suspect);
  pool.pass(10s);
  EXPECT_EQ(pool.state("a"), member_state::dead);
}

TEST(listening, is_not_what_the_paper_does) {
  for (const auto& settings : {swim_settings::paper(), swim_settings::paper_swim()}) {
    one_core pool{settings};
    suspect_a(pool);
    pool.now += 600s;
    pool.core.tick(pool.now);
    EXPECT_EQ(pool.state("a"), member_state::dead);
    EXPECT_TRUE(pool.own_pings.empty());
  }
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
