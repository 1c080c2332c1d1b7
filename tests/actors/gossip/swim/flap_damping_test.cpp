// Who flaps is held out for a while.
#include "actors/gossip/swim/flap_damping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

using said = flap_damping::said;

constexpr member_number flapper{1};
constexpr flap_damping_settings all_counts{.counts_refutations = true, .counts_returns = true};

// Refutes once each `pause`, until it is not believed; how often it was.
int refutations_believed(flap_damping& damping, nanoseconds pause, int most, time_point& now,
                         std::uint32_t members = 100) {
  for (int i = 1; i <= most; ++i) {
    now += pause;
    const incarnation_number next{static_cast<std::uint32_t>(now.time_since_epoch() / 1ms)};
    if (!damping.takes({flapper, next, said::refuted, 1}, members, now))
      return i - 1;
  }
  return most;
}

TEST(flap_damping, holds_out_who_refutes_all_the_time_and_nobody_who_does_now_and_then) {
  time_point now = time_point{} + 1h;
  flap_damping busy{all_counts, 1s};
  EXPECT_NEAR(refutations_believed(busy, 3s, 100, now), 18, 4);
  EXPECT_TRUE(busy.is_held_out(flapper, now));
  flap_damping calm{all_counts, 1s};
  EXPECT_EQ(refutations_believed(calm, 15s, 1000, now), 1000);
}

TEST(flap_damping, counts_an_incarnation_once) {
  const time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(damping.takes({flapper, {7}, said::refuted, 1}, 100, now));
}

TEST(flap_damping, takes_a_leap_of_incarnations_for_little) {
  const time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  EXPECT_TRUE(damping.takes({flapper, {4'000'000'000}, said::refuted, 4'000'000'000}, 100, now));
}

TEST(flap_damping, holds_out_who_dies_for_the_fourth_time_in_a_while) {
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  for (std::uint32_t time = 1; time <= 3; ++time, now += 60s) {
    damping.on_dead(flapper, 100, now);
    EXPECT_TRUE(damping.takes({flapper, {time}, said::returned, 1}, 100, now));
  }
  damping.on_dead(flapper, 100, now);
  EXPECT_FALSE(damping.takes({flapper, {4}, said::returned, 1}, 100, now));
  EXPECT_EQ(damping.heard_incarnation(flapper).value, 4U);
  EXPECT_FALSE(damping.takes({flapper, {5}, said::returned, 1}, 100, now + 59s));
  EXPECT_TRUE(damping.takes({flapper, {6}, said::returned, 1}, 100, now + 61s));
}

TEST(flap_damping, holds_out_whoever_is_half_as_bad_once_it_is_dead) {
  for (const auto& [refutations, held] : {std::pair{6, false}, std::pair{12, true}}) {
    time_point now = time_point{} + 1h;
    flap_damping damping{all_counts, 1s};
    EXPECT_EQ(refutations_believed(damping, 3s, refutations, now), refutations);
    damping.on_dead(flapper, 100, now);
    EXPECT_EQ(damping.is_held_out(flapper, now), held);
  }
}

TEST(flap_damping, holds_out_for_longer_each_time_and_forgets_in_the_end) {
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  std::uint32_t incarnation = 0;
  for (const auto hold : {60s, 120s, 240s, 480s, 480s}) {
    while (damping.takes({flapper, {++incarnation}, said::refuted, 1}, 100, now))
      now += 1s;
    damping.on_dead(flapper, 100, now);
    EXPECT_TRUE(damping.is_held_out(flapper, now + hold - 1s));
    EXPECT_FALSE(damping.is_held_out(flapper, now + hold));
    EXPECT_TRUE(damping.remembers(flapper, now + hold));
    now += hold;
  }
  EXPECT_FALSE(damping.remembers(flapper, now + 1h));
}

TEST(flap_damping, holds_on_to_who_does_not_answer_probes) {
  using by = flap_damping::probe_of;
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  EXPECT_FALSE(damping.prolong(flapper, by::oneself, now)) << "nothing is held against it";
  refutations_believed(damping, 3s, 100, now);
  damping.on_dead(flapper, 100, now);
  EXPECT_FALSE(damping.prolong(flapper, by::another, now + 14s)) << "no news yet";
  EXPECT_FALSE(damping.prolong(flapper, by::oneself, now + 29s)) << "not yet for others";
  EXPECT_TRUE(damping.prolong(flapper, by::oneself, now + 31s));
  EXPECT_FALSE(damping.prolong(flapper, by::another, now + 32s));
  EXPECT_TRUE(damping.is_held_out(flapper, now + 90s));
  EXPECT_TRUE(damping.prolong(flapper, by::another, now + 31s + 16s));
  EXPECT_TRUE(damping.is_held_out(flapper, now + 106s));
  EXPECT_FALSE(damping.prolong(flapper, by::oneself, now + 108s)) << "it is over";
}

TEST(flap_damping, holds_out_nobody_where_everybody_flaps) {
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  for (std::uint32_t incarnation = 1; incarnation < 200; ++incarnation, now += 3s)
    for (std::uint32_t member = 0; member < 20; ++member)
      EXPECT_TRUE(damping.takes({{member}, {incarnation}, said::refuted, 1}, 20, now));
}

TEST(flap_damping, holds_out_a_third_of_the_pool_at_most) {
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  EXPECT_EQ(refutations_believed(damping, 3s, 100, now, 2), 100);
}

TEST(flap_damping, keeps_nothing_of_whom_it_has_forgotten) {
  time_point now = time_point{} + 1h;
  flap_damping damping{all_counts, 1s};
  for (std::uint32_t member = 0; member < 10'000; ++member, now += 1s)
    (void)damping.takes({{member}, {1}, said::refuted, 1}, 10'000, now);
  EXPECT_LT(damping.size(), 2'000U);
}

TEST(flap_damping, counts_what_its_settings_say) {
  time_point now = time_point{} + 1h;
  flap_damping damping{{.counts_refutations = false, .counts_returns = false}, 1s};
  EXPECT_EQ(refutations_believed(damping, 1s, 100, now), 100);
  EXPECT_EQ(damping.size(), 0U);
}

// Accuses it of the incarnation it has and lets it refute, `times`.
void let_refute(one_core& pool, std::string_view who, int times) {
  for (int i = 0; i < times; ++i) {
    const auto incarnation = pool.incarnation(who);
    pool.hear_suspect(who, incarnation, "b");
    pool.pass(2s);
    pool.hear_alive(who, incarnation + 1);
  }
}

TEST(swim_core, lets_a_suspicion_of_who_refutes_all_the_time_run_out) {
  one_core pool;
  pool.meet({"a", "b", "c", "d"});
  let_refute(pool, "a", 17);
  EXPECT_EQ(pool.state("a"), member_state::alive);
  let_refute(pool, "a", 20);
  EXPECT_NE(pool.state("a"), member_state::alive);
  EXPECT_GT(pool.core.counters().held_out, 0U);
  pool.hear_suspect("a", pool.incarnation("a"), "c");
  pool.hear_suspect("a", pool.incarnation("a"), "d");
  pool.pass(30s);
  EXPECT_EQ(pool.state("a"), member_state::dead);
  pool.hear_alive("a", pool.incarnation("a") + 1);
  EXPECT_EQ(pool.state("a"), member_state::dead);
  // Dead for long: still known, for it is not to come back as if it were new.
  pool.pass(5s);
  pool.hear_alive("a", pool.incarnation("a") + 2);
  EXPECT_EQ(pool.state("a"), member_state::dead);
  pool.pass(60s);
  pool.hear_alive("a", pool.incarnation("a") + 3);
  EXPECT_EQ(pool.state("a"), member_state::alive);
}

// Passes time in which all but one answer their pings; gives all updates that were sent.
std::vector<update> pass_with_answers(one_core& pool, nanoseconds time, std::string_view silent) {
  std::vector<update> told;
  const auto end = pool.now + time;
  while (pool.core.next_deadline() <= end) {
    pool.now = std::max(pool.now, pool.core.next_deadline());
    pool.core.tick(pool.now);
    pool.take_output();
    told.insert(told.end(), pool.out.updates.begin(), pool.out.updates.end());
    for (const auto& [where, message] : pool.sent<ping>())
      if (pool.name(message.target) != silent)
        (void)pool.core.on_ack(message.sequence, pool.now);
  }
  pool.now = end;
  return told;
}

// Refutes until it is held out, and dies.
void let_flap(one_core& pool, std::string_view who) {
  for (int i = 0; i < 25; ++i) {
    const auto incarnation = pool.incarnation(who);
    pool.hear_suspect(who, incarnation, "b");
    pass_with_answers(pool, 2s, who);
    pool.hear_alive(who, incarnation + 1);
  }
  pool.hear_dead(who, pool.incarnation(who), "b");
  ASSERT_EQ(pool.state(who), member_state::dead);
}

TEST(held_out, comes_back_once_it_has_answered_probes_for_a_while_and_not_before) {
  one_core pool;
  pool.meet({"a", "b", "c", "d"});
  let_flap(pool, "a");
  pass_with_answers(pool, 300s, "a");
  pool.hear_alive("a", pool.incarnation("a") + 50);
  EXPECT_EQ(pool.state("a"), member_state::dead) << "its probes fail";
  pass_with_answers(pool, 61s, "nobody");
  EXPECT_EQ(pool.state("a"), member_state::dead) << "it has said nothing";
  pool.hear_alive("a", pool.incarnation("a") + 51);
  EXPECT_EQ(pool.state("a"), member_state::alive);
}

TEST(held_out, is_told_of_as_dead_by_who_probed_it) {
  one_core pool;
  pool.meet({"a", "b", "c", "d"});
  let_flap(pool, "a");
  const auto died_at = pool.incarnation("a");
  pool.hear_alive("a", died_at + 7);
  pass_with_answers(pool, 10s, "a");  // its death is told
  const auto told = pass_with_answers(pool, 35s, "a");
  EXPECT_THAT(told, testing::Not(testing::IsEmpty()));
  EXPECT_THAT(
      told,
      testing::Each(update{
          update_kind::dead, pool.number("a"), {died_at + 7}, pool.number("self"), no_identity}));
  // And by who hears of that.
  pass_with_answers(pool, 20s, "nobody");
  pool.hear_dead("a", 1, "b");
  EXPECT_THAT(
      pool.news(),
      testing::Contains(update{
          update_kind::dead, pool.number("a"), {died_at + 7}, pool.number("b"), no_identity}));
}

TEST(held_out, accuses_nobody_but_is_answered) {
  one_core pool;
  pool.meet({"a", "b", "c", "d"});
  let_flap(pool, "a");
  pool.hear_suspect("c", 1, "a");
  EXPECT_EQ(pool.state("c"), member_state::alive);
  pool.hear_dead("c", 1, "a");
  EXPECT_EQ(pool.state("c"), member_state::alive);
  const auto before = pool.incarnation("self");
  pool.hear_suspect("self", before, "a");
  EXPECT_EQ(pool.incarnation("self"), before + 1) << "others may believe it";
  pool.hear_dead("a", pool.incarnation("a") + 1, "a");
  EXPECT_EQ(pool.state("a"), member_state::dead);
}

TEST(swim_core, takes_new_tags_of_who_is_alive_for_no_flapping) {
  one_core pool;
  pool.meet({"a", "b", "c", "d"});
  for (std::uint32_t i = 2; i < 200; ++i)
    pool.hear_alive("a", i, pool.identity("a", 0, "tags " + std::to_string(i)));
  EXPECT_EQ(pool.incarnation("a"), 199U);
  EXPECT_EQ(pool.core.counters().held_out, 0U);
}

TEST(swim_core, lets_suspicions_run_out_while_its_ping_waits_to_be_sent) {
  one_core pool;
  pool.meet({"a", "b", "c", "d", "e", "f"});
  pool.hear_suspect("a", 1, "b");
  pool.hear_suspect("a", 1, "c");
  pool.hear_suspect("a", 1, "d");
  pool.core.hold_probe(true);
  const auto probes = pool.core.counters().probes;
  pool.pass(10s);
  EXPECT_EQ(pool.state("a"), member_state::dead);
  EXPECT_EQ(pool.core.counters().probes, probes);
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
