// Views exchanged early while they grow.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/gossip/swim/growth_pace.hpp"
#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

// -- the pace ----------------------------------------------------------------------

TEST(growth_pace, waits_the_longer_the_less_was_learned) {
  const auto wait_after = [](std::uint32_t learned) {
    growth_pace pace{100ms};
    return pace.grew(learned, 1'000) ? pace.wait() : 0ns;
  };
  EXPECT_EQ(wait_after(1'000), 800ms) << "a join";
  EXPECT_EQ(wait_after(900), 100ms);
  EXPECT_EQ(wait_after(250), 100ms);
  EXPECT_EQ(wait_after(125), 200ms);
  EXPECT_EQ(wait_after(25), 1s);
  EXPECT_EQ(wait_after(16), 1'562'500us);
  EXPECT_EQ(wait_after(15), 0ns);
  EXPECT_EQ(wait_after(0), 0ns);
}

TEST(growth_pace, doubles_its_wait_and_ends_after_a_few_exchanges) {
  growth_pace pace{100ms};
  ASSERT_TRUE(pace.grew(500, 1'000));
  for (const auto wait : {200ms, 400ms, 800ms, 1'600ms}) {
    ASSERT_TRUE(pace.goes_on(5min));
    EXPECT_EQ(pace.wait(), wait);
  }
  EXPECT_FALSE(pace.goes_on(5min));
  EXPECT_FALSE(pace.goes_on(5min));
  EXPECT_TRUE(pace.grew(500, 1'500));
  EXPECT_EQ(pace.wait(), 100ms);
}

TEST(growth_pace, is_never_slower_than_the_usual_one) {
  growth_pace pace{100ms};
  ASSERT_TRUE(pace.grew(5, 10));
  EXPECT_TRUE(pace.goes_on(250ms));
  EXPECT_FALSE(pace.goes_on(250ms));
}

TEST(growth_pace, of_nought_heeds_no_growth) {
  growth_pace pace{0ns};
  EXPECT_FALSE(pace.grew(1'000, 1'000));
  EXPECT_FALSE(pace.goes_on(5min));
  EXPECT_EQ(pace.sends_of_bulk(1'000, 16), 0);
}

// -- the core ------------------------------------------------------------------------

std::vector<remote_record> members(one_core& it, int count) {
  std::vector<remote_record> records;
  for (int i = 0; i < count; ++i) {
    const auto name = "m" + std::to_string(i);
    records.push_back({it.number(name), member_state::alive, {1}, it.identity(name)});
  }
  return records;
}

std::size_t push_pulls_within(one_core& it, nanoseconds time) {
  it.pass(time);
  return it.out.push_pulls.size();
}

TEST(growth, by_a_push_pull_is_followed_by_a_few_more_and_then_the_usual_pace) {
  one_core it;
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  EXPECT_EQ(push_pulls_within(it, 399ms), 0U);
  EXPECT_EQ(push_pulls_within(it, 5s), 2U);
  // Pools of 100: 90 s.
  EXPECT_EQ(push_pulls_within(it, 80s), 0U);
}

TEST(growth, of_a_large_pool_by_one_member_is_not_heeded) {
  one_core it;
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  it.pass(6s);
  ASSERT_TRUE(it.core.merge(members(it, 101), it.now));
  EXPECT_EQ(push_pulls_within(it, 70s), 0U);
  EXPECT_EQ(it.core.counts().known(), 102);
}

// How often this member's packets say that `about` is alive until they fall silent.
std::size_t times_told(one_core& it, std::string_view about) {
  std::size_t times = 0;
  it.pass(29s);
  for (const auto& each : it.out.updates)
    times += each.kind == update_kind::alive && each.about == it.number(about);
  return times;
}

TEST(growth, that_gossip_tells_of_brings_one_push_pull) {
  one_core it;
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  it.pass(6s);
  for (int i = 0; i < 50; ++i)
    it.hear_alive("n" + std::to_string(i));
  EXPECT_EQ(push_pulls_within(it, 700ms), 0U);
  EXPECT_EQ(push_pulls_within(it, 10s), 1U);
  EXPECT_EQ(push_pulls_within(it, 60s), 0U);
}

TEST(growth, that_gossip_tells_of_is_not_heeded_while_it_is_little) {
  one_core it;
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  it.pass(6s);
  for (int i = 0; i < 15; ++i)
    it.hear_alive("n" + std::to_string(i));
  EXPECT_EQ(push_pulls_within(it, 60s), 0U);
}

TEST(growth, in_bulk_is_told_twice_and_a_little_its_number_of_times) {
  one_core bulk;
  ASSERT_TRUE(bulk.core.merge(members(bulk, 16), bulk.now));
  EXPECT_EQ(times_told(bulk, "m3"), 2U);
  one_core few;
  ASSERT_TRUE(few.core.merge(members(few, 15), few.now));
  EXPECT_EQ(times_told(few, "m3"), 8U);
}

TEST(growth, in_bulk_still_tells_what_has_changed_of_those_known_before) {
  one_core it;
  it.hear_alive("m3");
  auto records = members(it, 50);
  records[3].incarnation = {2};
  ASSERT_TRUE(it.core.merge(records, it.now));
  EXPECT_EQ(times_told(it, "m3"), 8U);
}

TEST(growth, is_all_told_and_nothing_comes_early_where_it_is_switched_off) {
  auto settings = swim_settings::lan();
  settings.growth_interval = 0ns;
  one_core it{settings};
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  EXPECT_EQ(times_told(it, "m3"), 12U);
  EXPECT_EQ(it.out.push_pulls.size(), 0U);
}

TEST(growth, is_told_as_before_where_there_are_no_push_pulls) {
  auto settings = swim_settings::lan();
  settings.push_pull_interval = 0ns;
  one_core it{settings};
  ASSERT_TRUE(it.core.merge(members(it, 100), it.now));
  EXPECT_EQ(times_told(it, "m3"), 12U);
  EXPECT_EQ(it.out.push_pulls.size(), 0U);
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
