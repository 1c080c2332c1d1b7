// What alive, suspect and dead change, rule by rule.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

using strings = std::vector<std::string>;

// -- alive -------------------------------------------------------------------------

TEST(alive, starts_with_oneself_waiting_to_be_told) {
  one_core pool;
  EXPECT_EQ(pool.events(), strings{"joined self"});
  EXPECT_EQ(pool.incarnation("self"), 1U);
  EXPECT_EQ(pool.core.queued_broadcasts(), 1U);
}

TEST(alive, of_an_unknown_member_is_a_join_and_told_on) {
  one_core pool;
  pool.hear_alive("b", 3);
  EXPECT_EQ(pool.events(), strings{"joined b"});
  EXPECT_EQ(pool.out.events[0].before, no_identity);
  EXPECT_EQ(pool.state("b"), member_state::alive);
  EXPECT_EQ(pool.incarnation("b"), 3U);
  EXPECT_EQ(pool.core.queued_broadcasts(), 2U);
}

TEST(alive, of_no_higher_incarnation_changes_nothing) {
  one_core pool;
  pool.hear_alive("b", 3);
  pool.hear_alive("b", 3, pool.identity("b", 0, "other tags"));
  EXPECT_TRUE(pool.out.events.empty());
  pool.hear_alive("b", 2, pool.identity("b", 0, "other tags"));
  EXPECT_TRUE(pool.out.events.empty());
  EXPECT_EQ(pool.incarnation("b"), 3U);
}

TEST(alive, of_incarnation_nought_is_not_taken) {
  one_core pool;
  pool.hear_alive("b", 0);
  EXPECT_EQ(pool.state("b"), member_state::unknown);
}

TEST(alive, with_other_meta_is_an_update_and_with_other_versions_alone_is_none) {
  one_core pool;
  pool.meet({"b"});
  pool.hear_alive("b", 2, pool.identity("b", 0, "tags"));
  EXPECT_EQ(pool.events(), strings{"updated b"});
  pool.hear_alive("b", 3, pool.identity("b", 0, "tags", {1, 4, 2}));
  EXPECT_EQ(pool.events(), strings{});
  EXPECT_EQ(pool.incarnation("b"), 3U);
}

TEST(alive, with_senseless_versions_is_ignored_but_without_any_is_taken) {
  one_core pool;
  pool.hear_alive("b", 1, pool.identity("b", 0, "", {0, 0, 2}));
  pool.hear_alive("c", 1, pool.identity("c", 0, "", {5, 1, 2}));
  EXPECT_EQ(pool.state("b"), member_state::unknown);
  EXPECT_EQ(pool.state("c"), member_state::unknown);
  EXPECT_EQ(pool.core.counters().refused, 2U);
  const auto d = pool.number("d");
  pool.hear_alive(
      "d", 1,
      pool.directory.intern_identity(
          d, {.where = {}, .meta = {}, .protocol = {}, .delegate = {}, .says_versions = false}));
  EXPECT_EQ(pool.state("d"), member_state::alive);
}

TEST(alive, is_refused_by_the_filter_before_anything_changes) {
  one_core pool{swim_settings::lan(), [&pool](member_number member, identity_number) {
                  return pool.name(member) != "stranger";
                }};
  pool.hear_alive("stranger");
  EXPECT_EQ(pool.state("stranger"), member_state::unknown);
  EXPECT_EQ(pool.core.counters().refused, 1U);
  pool.directory.drop_unused();
  EXPECT_EQ(pool.directory.find("stranger"), no_member) << "and nobody remembers the name";
  pool.hear_alive("b");
  EXPECT_EQ(pool.state("b"), member_state::alive);
}

TEST(alive, from_another_address_is_a_conflict_and_ignored) {
  one_core pool;
  pool.meet({"b"});
  pool.hear_alive("b", 9, pool.identity("b", 1));
  ASSERT_EQ(pool.out.conflicts.size(), 1U);
  EXPECT_EQ(pool.out.conflicts[0].about, pool.number("b"));
  EXPECT_EQ(pool.incarnation("b"), 1U);
  pool.hear_suspect("b", 1, "c");
  pool.hear_alive("b", 9, pool.identity("b", 1));
  EXPECT_EQ(pool.out.conflicts.size(), 1U) << "suspect counts as taken";
}

TEST(alive, with_ones_own_name_from_another_address_is_a_conflict) {
  one_core pool;
  pool.hear_alive("self", 9, pool.identity("self", 1));
  ASSERT_EQ(pool.out.conflicts.size(), 1U);
  EXPECT_EQ(pool.incarnation("self"), 1U);
}

TEST(alive, may_take_the_name_of_one_that_left_at_any_incarnation) {
  one_core pool;
  pool.hear_alive("b", 5);
  pool.hear_dead("b", 5, "b");
  pool.hear_alive("b", 1, pool.identity("b", 1));
  EXPECT_EQ(pool.events(), strings{"joined b"});
  EXPECT_NE(pool.out.events[0].before, pool.out.events[0].after);
  EXPECT_EQ(pool.incarnation("b"), 1U);
}

TEST(alive, may_take_a_dead_ones_name_only_after_the_reclaim_time) {
  auto settings = swim_settings::lan();
  settings.dead_node_reclaim_time = 20s;
  one_core pool{settings};
  pool.meet({"b", "c"});
  pool.hear_dead("b", 1, "c");
  pool.now += 20s;
  pool.hear_alive("b", 1, pool.identity("b", 1));
  EXPECT_EQ(pool.out.conflicts.size(), 1U);
  pool.now += 1ms;
  pool.hear_alive("b", 1, pool.identity("b", 1));
  EXPECT_EQ(pool.state("b"), member_state::alive);

  one_core strict;
  strict.meet({"b", "c"});
  strict.hear_dead("b", 1, "c");
  strict.now += 24h;
  strict.hear_alive("b", 1, strict.identity("b", 1));
  EXPECT_EQ(strict.out.conflicts.size(), 1U) << "a reclaim time of 0 means never";
}

TEST(alive, brings_a_dead_one_back_only_with_a_higher_incarnation) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_dead("b", 1, "c");
  pool.hear_alive("b", 1);
  EXPECT_EQ(pool.state("b"), member_state::dead);
  pool.hear_alive("b", 2);
  EXPECT_EQ(pool.events(), strings{"joined b"});
}

TEST(alive, changes_the_time_of_the_state_only_with_the_state) {
  one_core pool;
  pool.meet({"b", "c"});
  const auto met = pool.now;
  pool.now += 10s;
  pool.hear_alive("b", 2, pool.identity("b", 0, "tags"));
  EXPECT_EQ(pool.core.record(pool.number("b")).changed_at(), met);
  pool.hear_suspect("b", 2, "c");
  EXPECT_EQ(pool.core.record(pool.number("b")).changed_at(), pool.now);
  pool.now += 1s;
  pool.hear_alive("b", 3);
  EXPECT_EQ(pool.core.record(pool.number("b")).changed_at(), pool.now);
}

// -- refutation ---------------------------------------------------------------------

TEST(refutation, answers_a_suspicion_of_oneself_above_the_accused_incarnation) {
  one_core pool;
  pool.meet({"b"});
  pool.hear_suspect("self", 4, "b");
  EXPECT_EQ(pool.state("self"), member_state::alive);
  EXPECT_EQ(pool.incarnation("self"), 5U);
  EXPECT_EQ(pool.core.health_score(), 1);
  const auto news = pool.news();
  EXPECT_NE(
      std::find(
          news.begin(), news.end(),
          update{update_kind::alive, pool.number("self"), {5}, no_member, pool.identity("self")}),
      news.end());
}

TEST(refutation, goes_to_the_accuser_at_once) {
  one_core pool;
  pool.meet({"b"});
  pool.hear_suspect("self", 4, "b");
  const auto direct = pool.sent<std::monostate>();
  ASSERT_EQ(direct.size(), 1U);
  EXPECT_EQ(direct[0].first->to.member, pool.number("b"));
  EXPECT_EQ(pool.updates_of(*direct[0].first).front().incarnation.value, 5U);
  pool.hear_suspect("self", 5, "a stranger");
  EXPECT_TRUE(pool.sent<std::monostate>().empty());
  one_core papers{swim_settings::paper()};
  papers.meet({"b"});
  papers.hear_suspect("self", 4, "b");
  EXPECT_TRUE(papers.sent<std::monostate>().empty());
}

TEST(refutation, answers_a_death_of_oneself_but_not_an_old_one) {
  one_core pool;
  pool.hear_dead("self", 1, "b");
  EXPECT_EQ(pool.incarnation("self"), 2U);
  pool.hear_dead("self", 1, "b");
  EXPECT_EQ(pool.incarnation("self"), 2U);
}

TEST(refutation, overrides_what_another_run_of_this_node_said) {
  one_core pool;
  pool.hear_alive("self", 1);
  EXPECT_EQ(pool.incarnation("self"), 1U) << "the very same";
  pool.hear_alive("self", 1, pool.identity("self", 0, "old tags"));
  EXPECT_EQ(pool.incarnation("self"), 2U);
  pool.hear_alive("self", 7, pool.identity("self"));
  EXPECT_EQ(pool.incarnation("self"), 8U);
}

TEST(refutation, survives_the_largest_incarnation) {
  one_core pool;
  constexpr auto largest = std::numeric_limits<std::uint32_t>::max();
  pool.hear_suspect("self", largest, "b");
  EXPECT_EQ(pool.incarnation("self"), largest);
  EXPECT_EQ(pool.state("self"), member_state::alive);
}

// -- suspicion ------------------------------------------------------------------------

TEST(suspicion, of_a_live_member_starts_and_is_told_on) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_suspect("b", 1, "c");
  EXPECT_EQ(pool.events(), strings{"suspected b"});
  EXPECT_EQ(pool.state("b"), member_state::suspect);
  EXPECT_EQ(pool.core.running_suspicions(), 1U);
}

TEST(suspicion, of_an_unknown_or_newer_or_dead_member_is_ignored) {
  one_core pool;
  pool.hear_suspect("nobody", 1, "c");
  pool.hear_alive("b", 5);
  pool.hear_suspect("b", 4, "c");
  EXPECT_EQ(pool.state("b"), member_state::alive);
  pool.hear_dead("b", 5, "c");
  pool.hear_suspect("b", 6, "c");
  EXPECT_EQ(pool.state("b"), member_state::dead);
  EXPECT_EQ(pool.core.running_suspicions(), 0U);
}

TEST(suspicion, ends_in_death_after_its_maximum_if_nobody_confirms) {
  auto settings = swim_settings::lan();
  settings.lifeguard.listens_first = false;  // time leaps
  one_core pool{settings};
  pool.meet({"b", "c", "d"});
  pool.hear_suspect("b", 1, "c");
  pool.core.tick(pool.now + 23'999ms);
  EXPECT_EQ(pool.state("b"), member_state::suspect);
  pool.core.tick(pool.now + 24s);  // 4 * 1 * 1 s * 6
  EXPECT_EQ(pool.state("b"), member_state::dead);
}

TEST(suspicion, is_shortened_by_independent_confirmations_which_are_told_on) {
  one_core pool;
  pool.meet({"b", "c", "d", "e", "f"});
  pool.hear_suspect("b", 1, "c");
  pool.news();
  pool.hear_suspect("b", 1, "c");
  pool.hear_suspect("b", 1, "d");
  const update told{update_kind::suspect, pool.number("b"), {1}, pool.number("d"), no_identity};
  auto news = pool.news();
  EXPECT_EQ(news.front(), told) << "newest news first";
  pool.hear_suspect("b", 1, "e");
  pool.hear_suspect("b", 1, "f");
  news = pool.news();
  EXPECT_EQ(news.front().from, pool.number("e")) << "two were wanted: the third is not told";
  pool.pass(4s);
  EXPECT_EQ(pool.state("b"), member_state::dead);
}

TEST(suspicion, lasts_its_minimum_where_too_few_could_confirm) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_suspect("b", 1, "c");
  pool.pass(4s);
  EXPECT_EQ(pool.state("b"), member_state::dead);
}

TEST(suspicion, is_over_when_the_accused_refutes) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_suspect("b", 1, "c");
  pool.hear_alive("b", 2);
  EXPECT_EQ(pool.events(), strings{"trusted b"});
  pool.now += 1h;
  pool.core.tick(pool.now);
  EXPECT_NE(pool.state("b"), member_state::dead);
}

TEST(suspicion, is_not_over_by_an_alive_of_the_accused_incarnation) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_suspect("b", 1, "c");
  pool.hear_alive("b", 1);
  EXPECT_EQ(pool.state("b"), member_state::suspect);
}

// -- death ---------------------------------------------------------------------------

TEST(death, tells_failing_from_leaving_by_who_says_so) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_dead("b", 1, "c");
  EXPECT_EQ(pool.events(), strings{"failed b"});
  EXPECT_EQ(pool.state("b"), member_state::dead);
  pool.hear_dead("c", 1, "c");
  EXPECT_EQ(pool.events(), strings{"left c"});
  EXPECT_EQ(pool.state("c"), member_state::left);
}

TEST(death, is_announced_once_and_not_for_an_old_incarnation) {
  one_core pool;
  pool.hear_alive("b", 2);
  pool.hear_dead("b", 1, "c");
  EXPECT_EQ(pool.state("b"), member_state::alive);
  pool.hear_dead("b", 2, "c");
  pool.hear_dead("b", 3, "c");
  EXPECT_TRUE(pool.out.events.empty());
  pool.hear_dead("nobody", 1, "c");
  EXPECT_EQ(pool.state("nobody"), member_state::unknown);
}

TEST(death, is_forgotten_at_the_end_of_a_round_once_it_is_old) {
  one_core pool;
  pool.meet({"b", "c"});
  pool.hear_dead("b", 1, "b");
  pool.pass(29s);
  EXPECT_EQ(pool.state("b"), member_state::left);
  pool.pass(10s);
  EXPECT_EQ(pool.state("b"), member_state::unknown);
  EXPECT_EQ(std::ranges::count(pool.events(), "forgotten b"), 1);
  pool.directory.drop_unused();
  EXPECT_EQ(pool.directory.find("b"), no_member);
}

TEST(death, is_no_longer_told_once_it_is_forgotten) {
  one_core pool;
  pool.meet({"b"});
  pool.hear_dead("b", 1, "b");
  pool.pass(60s);
  EXPECT_EQ(pool.state("b"), member_state::unknown);
  EXPECT_EQ(pool.core.queued_broadcasts(), 1U) << "oneself";
}

// -- leaving and changing oneself --------------------------------------------------------

TEST(leaving, is_told_its_number_of_times_and_then_done) {
  one_core pool;
  pool.meet({"b"});
  pool.core.leave(pool.now);
  pool.take_output();
  EXPECT_EQ(pool.events(), strings{"left self"});
  EXPECT_FALSE(pool.out.leave_told);
  int told = 0;
  for (int i = 0; i < 20 && !pool.out.leave_told; ++i) {
    pool.pass(200ms);
    for (const auto& each : pool.out.updates)
      told += each ==
              update{update_kind::dead, pool.number("self"), {1}, pool.number("self"), no_identity};
  }
  EXPECT_TRUE(pool.out.leave_told);
  EXPECT_EQ(told, 4);  // RetransmitMult * ceil(log10(2 + 1))
}

TEST(leaving, is_told_more_often_in_a_larger_pool) {
  one_core pool;
  for (int i = 0; i < 9; ++i)
    pool.hear_alive("m" + std::to_string(i));
  pool.core.leave(pool.now);
  int told = 0;
  for (int i = 0; i < 30 && !pool.out.leave_told; ++i) {
    pool.pass(200ms);
    for (const auto& each : pool.out.updates)
      told += each.kind == update_kind::dead && each.about == pool.core.self();
  }
  EXPECT_EQ(told, 8);  // RetransmitMult * ceil(log10(10 + 1))
}

TEST(leaving, is_done_at_once_when_nobody_is_there) {
  one_core pool;
  pool.core.leave(pool.now);
  pool.take_output();
  EXPECT_TRUE(pool.out.leave_told);
  pool.core.leave(pool.now);
  pool.take_output();
  EXPECT_FALSE(pool.out.leave_told) << "told once";
}

TEST(leaving, refutes_nothing_but_answers_pings) {
  one_core pool;
  pool.meet({"b"});
  pool.core.leave(pool.now);
  pool.hear_suspect("self", 1, "b");
  pool.hear_dead("self", 5, "b");
  pool.hear_alive("self", 9, pool.identity("self", 0, "tags"));
  EXPECT_EQ(pool.state("self"), member_state::left);
  EXPECT_EQ(pool.incarnation("self"), 1U);
  pool.core.on_ping(
      {.sequence = {3}, .target = pool.number("self"), .reply_to = {pool.number("b"), {}}});
  pool.take_output();
  EXPECT_EQ(pool.sent<ack>().size(), 1U);
}

TEST(update_self, tells_new_meta_at_the_next_incarnation) {
  one_core pool;
  pool.core.update_self(pool.identity("self", 0, "tags"), pool.now);
  pool.take_output();
  EXPECT_EQ(pool.events(), strings{"updated self"});
  EXPECT_EQ(pool.incarnation("self"), 2U);
  EXPECT_EQ(pool.news().front().identity, pool.identity("self", 0, "tags"));
}

// -- push/pull -----------------------------------------------------------------------------

TEST(merge, never_takes_a_death_at_second_hand_but_takes_a_leave) {
  one_core pool;
  pool.meet({"b", "c", "d"});
  const remote_record records[] = {
      {pool.number("b"), member_state::dead, {1}, pool.identity("b")},
      {pool.number("c"), member_state::left, {1}, pool.identity("c")},
      {pool.number("d"), member_state::suspect, {1}, pool.identity("d")},
      {pool.number("e"), member_state::alive, {1}, pool.identity("e")}};
  ASSERT_TRUE(pool.core.merge(records, pool.now));
  EXPECT_EQ(pool.state("b"), member_state::suspect);
  EXPECT_EQ(pool.state("c"), member_state::left);
  EXPECT_EQ(pool.state("d"), member_state::suspect);
  EXPECT_EQ(pool.state("e"), member_state::alive);
  const auto news = pool.news();
  const update own{update_kind::suspect, pool.number("b"), {1}, pool.number("self"), no_identity};
  EXPECT_THAT(news, testing::Contains(own)) << "the word of this member, who heard it";
}

TEST(merge, refutes_what_is_held_against_oneself) {
  for (const auto state : {member_state::suspect, member_state::dead, member_state::left}) {
    one_core pool;
    const remote_record record{pool.number("self"), state, {6}, pool.identity("self")};
    ASSERT_TRUE(pool.core.merge({&record, 1}, pool.now));
    EXPECT_EQ(pool.incarnation("self"), 7U);
    EXPECT_EQ(pool.state("self"), member_state::alive);
  }
}

TEST(merge, takes_nothing_if_some_version_is_outside_what_all_understand) {
  one_core pool;
  pool.meet({"b"});
  const remote_record records[] = {
      {pool.number("c"), member_state::alive, {1}, pool.identity("c")},
      {pool.number("d"), member_state::alive, {1}, pool.identity("d", 0, "", {1, 1, 1})}};
  EXPECT_FALSE(pool.core.merge(records, pool.now));
  EXPECT_EQ(pool.state("c"), member_state::unknown);
  EXPECT_EQ(pool.core.counters().merges_refused, 1U);
}

TEST(merge, minds_what_those_understand_whom_gossip_told_of_while_they_live) {
  one_core pool;
  pool.meet({"b"});
  const remote_record common{pool.number("c"), member_state::alive, {1}, pool.identity("c")};
  ASSERT_TRUE(pool.core.merge({&common, 1}, pool.now));
  pool.hear_alive("old", 1, pool.identity("old", 0, "", {1, 1, 1}));
  EXPECT_FALSE(pool.core.merge({&common, 1}, pool.now))
      << "it understands only 1, the others speak 2";
  pool.hear_dead("old", 1, "b");
  EXPECT_TRUE(pool.core.merge({&common, 1}, pool.now))
      << "what a dead one understands is no matter";
}

TEST(merge, forgives_the_ranges_but_not_the_versions_of_the_dead) {
  one_core pool;
  remote_record dead{
      pool.number("d"), member_state::dead, {1}, pool.identity("d", 0, "", {1, 1, 2})};
  EXPECT_TRUE(pool.core.merge({&dead, 1}, pool.now));
  dead.identity = pool.identity("d", 0, "", {1, 5, 0});
  EXPECT_FALSE(pool.core.merge({&dead, 1}, pool.now));
}

// -- names under churn --------------------------------------------------------------------

TEST(directory, does_not_grow_under_strangers_and_passing_members) {
  one_core pool;
  pool.meet({"a", "b", "c"});
  for (int i = 0; i < 3000; ++i) {
    const auto stranger = "stranger-" + std::to_string(i);
    switch (i % 4) {
      case 0:
        pool.hear_suspect("a", 1, stranger);
        pool.hear_alive("a", pool.incarnation("a") + 1, pool.identity("a", 0, stranger));
        break;
      case 1:
        pool.hear_dead(stranger, 1, "b");
        break;
      case 2:
        pool.hear_alive(stranger, 1, pool.identity(stranger, 7));
        pool.hear_dead(stranger, 1, stranger);
        break;
      default:
        pool.pass(1s);
    }
    pool.take_output();
    pool.directory.drop_unused();
  }
  EXPECT_LT(pool.directory.names(), 100U);
  EXPECT_LT(pool.directory.identities(), 100U);
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
