#include "actors/reads/read_gate.hpp"

#include <gtest/gtest.h>

#include "actors/reads/query_wait.hpp"

namespace troupe::actors::reads {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr time_point start{};

messages::ReadOptions options_of(messages::Consistency consistency, std::int64_t max_stale_ms = 0) {
  messages::ReadOptions options;
  options.set_consistency(consistency);
  options.set_max_stale_ms(max_stale_ms);
  return options;
}

TEST(decide, serves_a_default_read_under_a_lease_and_confirms_without) {
  const auto leader = options_of(messages::LEADER);
  EXPECT_EQ(decide(leader, {.lease_valid = true}).route, read_route::serve);
  EXPECT_EQ(decide(leader, {.lease_valid = false}).route, read_route::confirm);
}

TEST(decide, confirms_a_consistent_read_even_under_a_lease) {
  EXPECT_EQ(decide(options_of(messages::CONSISTENT), {.lease_valid = true}).route,
            read_route::always_confirm);
}

TEST(decide, serves_a_stale_read_without_a_leader_if_there_is_a_state) {
  const auto decision = decide(options_of(messages::STALE), {.applied_index = 3});
  EXPECT_EQ(decision.route, read_route::serve);
  EXPECT_EQ(decision.consistency, messages::STALE);
}

TEST(decide, lets_a_stale_read_wait_for_the_first_leader) {
  EXPECT_EQ(decide(options_of(messages::STALE), {}).route, read_route::confirm);
}

TEST(decide, asks_the_leader_if_the_state_is_older_than_allowed) {
  const auto bounded = options_of(messages::STALE, 1000);
  read_facts facts{.applied_index = 3};
  facts.last_contact = milliseconds(1000);
  EXPECT_EQ(decide(bounded, facts).consistency, messages::STALE);
  facts.last_contact = milliseconds(1001);
  EXPECT_EQ(decide(bounded, facts).consistency, messages::LEADER);
  EXPECT_EQ(decide(bounded, facts).route, read_route::confirm);
}

TEST(read_gate, lets_a_read_go_once_its_index_is_applied) {
  read_gate gate(10, seconds(7));
  ASSERT_TRUE(gate.wait({1}, false));
  ASSERT_TRUE(gate.start_round());
  gate.answered({5}, start);
  EXPECT_TRUE(gate.released_by({4}).empty());
  EXPECT_EQ(gate.released_by({5}), std::vector{read_id{1}});
  EXPECT_EQ(gate.size(), 0u);
}

TEST(read_gate, gathers_reads_behind_the_round_under_way_into_the_next) {
  read_gate gate(10, seconds(7));
  ASSERT_TRUE(gate.wait({1}, false));
  ASSERT_TRUE(gate.start_round());
  ASSERT_TRUE(gate.wait({2}, false));
  ASSERT_TRUE(gate.wait({3}, true));
  EXPECT_FALSE(gate.start_round());
  gate.answered({5}, start);
  EXPECT_EQ(gate.released_by({5}), std::vector{read_id{1}});
  const auto second = gate.start_round();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->always_confirm);
  gate.answered({5}, start);
  EXPECT_EQ(gate.released_by({5}), (std::vector{read_id{2}, read_id{3}}));
  ASSERT_TRUE(gate.wait({4}, false));
  EXPECT_FALSE(gate.start_round()->always_confirm);
}

TEST(read_gate, refuses_only_those_of_the_round_that_failed) {
  read_gate gate(10, seconds(7));
  ASSERT_TRUE(gate.wait({1}, false));
  ASSERT_TRUE(gate.start_round());
  ASSERT_TRUE(gate.wait({2}, false));
  EXPECT_EQ(gate.refused(), std::vector{read_id{1}});
  EXPECT_TRUE(gate.start_round());
}

TEST(read_gate, gives_up_on_an_index_that_is_never_applied) {
  read_gate gate(10, seconds(7));
  ASSERT_TRUE(gate.wait({1}, false));
  ASSERT_TRUE(gate.start_round());
  gate.answered({5}, start);
  EXPECT_EQ(gate.next_deadline(), start + seconds(7));
  EXPECT_TRUE(gate.expired(start + seconds(6)).empty());
  EXPECT_EQ(gate.expired(start + seconds(7)), std::vector{read_id{1}});
  EXPECT_FALSE(gate.next_deadline());
}

TEST(read_gate, refuses_more_than_it_may_hold) {
  read_gate gate(1, seconds(7));
  ASSERT_TRUE(gate.wait({1}, false));
  EXPECT_EQ(gate.wait({2}, false).error().code, messages::errc::unavailable);
}

TEST(query_wait, adds_up_to_a_sixteenth_and_stays_below_the_longest_wait) {
  jitter_source random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto wait = query_wait(1600, random);
    EXPECT_GE(wait, milliseconds(1600));
    EXPECT_LE(wait, milliseconds(1700));
    EXPECT_LE(query_wait(590'000, random), seconds(600));
    EXPECT_EQ(query_wait(std::int64_t{1} << 62, random), seconds(600));
    EXPECT_GE(query_wait(0, random), seconds(300));
    EXPECT_LE(query_wait(-5, random), seconds(319));
  }
}

}  // namespace
}  // namespace troupe::actors::reads
