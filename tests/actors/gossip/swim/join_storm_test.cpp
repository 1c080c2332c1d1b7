#include "actors/gossip/swim/join_storm.hpp"

#include <string>

#include <gtest/gtest.h>

#include "messages/limits.hpp"
#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

// How many of `count` joins, each so long after the one before, are answered at once.
int answered_at_once(join_storm& storm, int count, nanoseconds apart, time_point& now) {
  int answered = 0;
  for (int i = 0; i < count; ++i, now += apart) {
    storm.ends(now);
    answered += !storm.holds(now);
  }
  return answered;
}

TEST(join_storm, holds_nobody_where_few_join) {
  join_storm storm{250ms};
  time_point now{1h};
  EXPECT_EQ(answered_at_once(storm, 16, 0ms, now), 16);
  now += 251ms;
  EXPECT_EQ(answered_at_once(storm, 1'000, 16ms, now), 1'000);
  EXPECT_EQ(storm.due(), time_point::max());
}

TEST(join_storm, holds_all_but_the_first_until_the_wait_is_over) {
  join_storm storm{250ms};
  time_point now{1h};
  EXPECT_EQ(answered_at_once(storm, 1'000, 0ms, now), 16);
  EXPECT_EQ(storm.due(), now + 250ms);
  EXPECT_FALSE(storm.ends(now + 249ms));
  EXPECT_TRUE(storm.ends(now + 250ms));
  EXPECT_FALSE(storm.ends(now + 250ms)) << "only once";
  EXPECT_EQ(storm.due(), time_point::max());
}

TEST(join_storm, of_a_second_wave_is_held_anew) {
  join_storm storm{250ms};
  time_point now{1h};
  answered_at_once(storm, 100, 0ms, now);
  ASSERT_TRUE(storm.ends(now + 250ms));
  now += 250ms;
  EXPECT_TRUE(storm.holds(now)) << "it is going on";
  EXPECT_EQ(storm.due(), now + 250ms);
}

TEST(join_storm, ends_at_once_with_as_many_as_may_wait) {
  join_storm storm{250ms};
  const time_point now{1h};
  for (int i = 0; i < 16; ++i)
    ASSERT_FALSE(storm.holds(now));
  for (std::size_t i = 1; i < messages::limits::gossip_held_answers_max; ++i)
    ASSERT_TRUE(storm.holds(now));
  EXPECT_GT(storm.due(), now);
  EXPECT_TRUE(storm.holds(now));
  EXPECT_TRUE(storm.ends(now));
  EXPECT_TRUE(storm.holds(now));
  EXPECT_EQ(storm.due(), now + 250ms);
}

TEST(join_storm, of_nought_holds_nobody) {
  join_storm storm{0ns};
  time_point now{1h};
  EXPECT_EQ(answered_at_once(storm, 1'000, 0ms, now), 1'000);
}

TEST(push_pull, of_a_member_that_was_known_is_answered_at_once_in_a_storm) {
  one_core it;
  for (int i = 0; i < 20; ++i) {
    const auto name = "m" + std::to_string(i);
    const remote_record joiner{it.number(name), member_state::alive, {1}, it.identity(name)};
    const auto learned = it.core.merge({&joiner, 1}, it.now);
    ASSERT_TRUE(learned);
    ASSERT_EQ(*learned, 1U);
    EXPECT_EQ(it.core.holds_answer(*learned, it.now), i >= 16) << i;
  }
  const remote_record known{it.number("m3"), member_state::alive, {1}, it.identity("m3")};
  const auto learned = it.core.merge({&known, 1}, it.now);
  ASSERT_TRUE(learned);
  EXPECT_FALSE(it.core.holds_answer(*learned, it.now));
  EXPECT_LE(it.core.next_deadline(), it.now + 250ms);
  it.pass(249ms);
  EXPECT_FALSE(it.out.held_answers_due);
  it.pass(1ms);
  EXPECT_TRUE(it.out.held_answers_due);
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
