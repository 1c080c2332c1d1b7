// Whole pools of swim_cores in virtual time: what the protocol promises, under what it must stand.
#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "bench/gossip_scale/gossip_world.hpp"

namespace troupe::gossip_scale {
namespace {

using namespace std::chrono_literals;
using swim::event_kind;
using swim::member_state;
using swim::swim_settings;

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

world_options pool_of(std::uint32_t members, const swim_settings& settings, std::uint64_t seed) {
  return {.members = members, .settings = settings, .network = {}, .seed = seed};
}

// The running members that some running member does not believe alive, or the others it does.
std::size_t wrong_beliefs(const gossip_world& world) {
  std::size_t wrong = 0;
  for (std::uint32_t observer = 0; observer < world.size(); ++observer) {
    if (!world.is_running({observer}))
      continue;
    for (std::uint32_t about = 0; about < world.size(); ++about)
      wrong +=
          (world.belief({observer}, {about}) == member_state::alive) != world.is_running({about});
  }
  return wrong;
}

// -- crashes -----------------------------------------------------------------------

struct detection {
  double first_s = 0;  // until one other knew
  double last_s = 0;   // until all knew
};

detection crash_one(std::uint32_t members, const swim_settings& settings, std::uint64_t seed) {
  gossip_world world{pool_of(members, settings, seed)};
  constexpr swim::member_number victim{7};
  detection seen;
  std::size_t observers = 0;
  const auto crash_at = 15s + std::chrono::milliseconds{seed * 37 % 1000};
  world.observe([&](const observation& what) {
    if (what.event.kind != event_kind::failed || what.event.about != victim)
      return;
    seen.last_s = seconds(what.at - time_point{} - crash_at);
    if (observers++ == 0)
      seen.first_s = seen.last_s;
  });
  world.run_until(crash_at);
  world.crash(victim);
  world.run_for(60s);
  EXPECT_EQ(observers, members - 1) << "seed " << seed;
  return seen;
}

double median_of_first(std::uint32_t members, const swim_settings& settings, int runs) {
  std::vector<double> all;
  for (int seed = 1; seed <= runs; ++seed)
    all.push_back(crash_one(members, settings, static_cast<std::uint64_t>(seed)).first_s);
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

// Pings arrive at one member about once an interval, so the first after the crash comes after
// Exp(1) intervals; then the round ends and the suspicion lasts its minimum.
double predicted_median(double suspicion_multiplier, std::uint32_t members) {
  return std::log(2) + 1 + suspicion_multiplier * std::log10(members);
}

TEST(crash, is_noticed_as_the_formula_predicts) {
  for (const std::uint32_t members : {32U, 128U, 512U}) {
    const double found = median_of_first(members, swim_settings::lan(), 100);
    EXPECT_NEAR(found, predicted_median(4, members), 0.5) << members << " members";
  }
}

TEST(crash, is_noticed_by_the_papers_swim_and_its_lifeguard_alike) {
  EXPECT_NEAR(median_of_first(128, swim_settings::paper_swim(), 150), predicted_median(5, 128),
              0.5);
  EXPECT_NEAR(median_of_first(128, swim_settings::paper(), 150), predicted_median(5, 128), 0.5);
}

TEST(crash, is_known_to_all_soon_after_the_first) {
  std::vector<double> spread;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto seen = crash_one(256, swim_settings::lan(), seed);
    spread.push_back(seen.last_s - seen.first_s);
  }
  std::sort(spread.begin(), spread.end());
  EXPECT_LT(spread[spread.size() / 2], 1.5);
  EXPECT_LT(spread.back(), 3);
}

TEST(crash, of_a_third_at_once_leaves_the_others_with_the_truth) {
  gossip_world world{pool_of(60, swim_settings::lan(), 5)};
  world.run_for(10s);
  for (std::uint32_t i = 0; i < 20; ++i)
    world.crash({i * 3});
  world.run_for(120s);
  EXPECT_EQ(wrong_beliefs(world), 0U);
}

// -- quiet ---------------------------------------------------------------------------

TEST(quiet_pool, suspects_nobody_in_ten_hours) {
  gossip_world world{pool_of(128, swim_settings::lan(), 1)};
  std::size_t events = 0;
  world.observe([&](const observation&) { ++events; });
  world.run_until(10h);
  EXPECT_EQ(events, 0U);
  EXPECT_EQ(wrong_beliefs(world), 0U);
  // One ping and one ack a member-second, at any size (SWIM 5).
  EXPECT_NEAR(static_cast<double>(world.total().packets_sent) / 128 / 36'000, 2.0, 0.01);
}

TEST(quiet_pool, costs_a_member_the_same_at_every_size) {
  for (const std::uint32_t members : {8U, 128U, 2000U}) {
    gossip_world world{pool_of(members, swim_settings::lan(), 1)};
    world.run_until(60s);
    EXPECT_NEAR(static_cast<double>(world.total().packets_sent) / members / 60, 2.0, 0.05);
  }
}

// -- faults -------------------------------------------------------------------------------

// One run of faults drawn from the seed, then a healed network: what the members then believe.
class fault_run {
 public:
  explicit fault_run(std::uint64_t seed)
      : random_(seed),
        world_({.members = 8 + static_cast<std::uint32_t>(random_() % 56),
                .settings = random_() % 2 == 0 ? swim_settings::lan() : swim_settings::paper(),
                .network = {.latency_min = 200us,
                            .latency_tail = std::chrono::milliseconds{random_() % 20},
                            .loss = 0.1},
                .seed = seed}) {}

  gossip_world& world() { return world_; }

  void inflict() {
    for (int i = 0; i < 60; ++i) {
      inflict_one();
      world_.run_for(std::chrono::milliseconds{random_() % 10'000});
    }
    // What was done has been undone by then.
    world_.run_for(40s);
    world_.network().set_loss(0);
  }

 private:
  swim::member_number any() { return {static_cast<std::uint32_t>(random_() % world_.size())}; }

  void inflict_one() {
    const auto one = any();
    const auto other = any();
    const auto until = world_.elapsed() + std::chrono::milliseconds{500 + random_() % 30'000};
    switch (random_() % 5) {
      case 0:
        world_.network().cut(one, other);
        world_.at(until, [this, one, other] { world_.network().mend(one, other); });
        return;
      case 1:
        if (!world_.is_standing_still(one)) {
          world_.stand_still(one,
                             random_() % 2 == 0 ? standstill::stopped : standstill::blocked_io);
          world_.at(until, [this, one] { world_.go_on(one); });
        }
        return;
      case 2:
        world_.network().set_member_loss(one, 0.5, 0.2);
        world_.at(until, [this, one] { world_.network().set_member_loss(one, 0, 0); });
        return;
      case 3:
        if (world_.is_running(one) && crashed_ < world_.size() / 4) {
          ++crashed_;
          world_.crash(one);
        }
        return;
      default:
        if (!world_.is_running(one) && world_.is_running(other)) {
          world_.restart(one);
          world_.join(one, other);
        }
    }
  }

  swim::prng random_;
  gossip_world world_;
  std::uint32_t crashed_ = 0;
};

TEST(faulty_network, loses_no_healthy_member_for_good_and_keeps_no_dead_one) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    fault_run run{seed};
    run.inflict();
    run.world().run_for(200s);
    EXPECT_EQ(wrong_beliefs(run.world()), 0U)
        << "seed " << seed << ", " << run.world().size() << " members";
  }
}

TEST(faulty_network, loses_healthy_members_when_refutations_are_dropped) {
  // The check above can fail.
  std::size_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    fault_run run{seed};
    run.world().let_through([](const swim::update& message) {
      return message.kind != swim::update_kind::alive || message.incarnation.value < 2;
    });
    run.inflict();
    wrong += wrong_beliefs(run.world());
  }
  EXPECT_GT(wrong, 0U);
}

TEST(faulty_network, fails_hardly_anybody_at_one_in_ten_lost) {
  auto options = pool_of(128, swim_settings::lan(), 3);
  options.network.loss = 0.1;
  gossip_world world{options};
  std::size_t suspected = 0;
  std::size_t failed = 0;
  world.observe([&](const observation& what) {
    suspected += what.event.kind == event_kind::suspected;
    failed += what.event.kind == event_kind::failed;
  });
  world.run_until(1h);
  EXPECT_GT(suspected, 3'000U) << "or the loss was not there";
  EXPECT_EQ(failed, 0U);
}

// The part of what the healthy believe of the first `faulty` members in which these are out.
double part_out(const gossip_world& world, std::uint32_t faulty) {
  std::size_t out = 0;
  for (std::uint32_t observer = faulty; observer < world.size(); ++observer)
    for (std::uint32_t about = 0; about < faulty; ++about)
      out += is_gone(world.belief({observer}, {about}));
  return static_cast<double>(out) / (world.size() - faulty) / faulty;
}

TEST(deaf_member, is_out_for_good_while_it_is_and_back_when_it_is_mended) {
  constexpr std::uint32_t faulty = 3;
  gossip_world world{pool_of(200, swim_settings::lan(), 5)};
  std::size_t healthy_lost = 0;
  world.observe([&](const observation& what) {
    healthy_lost += what.event.kind == event_kind::failed && what.event.about.value >= faulty &&
                    what.observer.value >= faulty;
  });
  for (std::uint32_t i = 0; i < faulty; ++i)
    world.network().set_member_loss({i}, 0.8, 0);
  world.run_until(15min);
  for (int minute = 15; minute < 60; ++minute) {
    world.run_until(std::chrono::minutes{minute});
    EXPECT_GT(part_out(world, faulty), 0.99) << minute;
  }
  for (std::uint32_t i = 0; i < faulty; ++i)
    world.network().set_member_loss({i}, 0, 0);
  world.run_for(20min);
  EXPECT_EQ(wrong_beliefs(world), 0U);
  EXPECT_EQ(healthy_lost, 0U);
}

TEST(crashed_member, that_is_restarted_often_is_held_out_for_a_minute_or_two) {
  gossip_world world{pool_of(50, swim_settings::lan(), 8)};
  const auto crash_and_come_back = [&] {
    world.crash({7});
    world.run_for(25s);  // noticed, and not yet forgotten
    world.restart({7});
    world.join({7}, {0});
  };
  for (int time = 1; time <= 3; ++time) {
    crash_and_come_back();
    world.run_for(20s);
    EXPECT_EQ(wrong_beliefs(world), 0U) << "time " << time;
  }
  crash_and_come_back();
  world.run_for(20s);
  EXPECT_GT(wrong_beliefs(world), 0U);
  world.run_for(4min);
  EXPECT_EQ(wrong_beliefs(world), 0U);
}

TEST(one_way_link, is_gone_around_by_indirect_pings) {
  gossip_world world{pool_of(32, swim_settings::lan(), 4)};
  world.network().cut({1}, {2});
  std::size_t events = 0;
  world.observe([&](const observation&) { ++events; });
  world.run_until(1h);
  EXPECT_EQ(events, 0U);
}

TEST(slow_member, is_kept_by_lifeguard_and_lost_by_plain_swim_more_often) {
  // Ten of 64 block for two seconds of every three: what the paper's local health is for.
  const auto false_failures = [](const swim_settings& settings) {
    gossip_world world{pool_of(64, settings, 6)};
    std::size_t failures = 0;
    world.observe([&](const observation& what) {
      failures += what.event.kind == event_kind::failed && what.event.about.value >= 10;
    });
    for (int cycle = 0; cycle < 40; ++cycle) {
      for (std::uint32_t i = 0; i < 10; ++i)
        world.stand_still({i}, standstill::blocked_io);
      world.run_for(20s);
      for (std::uint32_t i = 0; i < 10; ++i)
        world.go_on({i});
      world.run_for(5ms);
    }
    return failures;
  };
  const auto swim_failures = false_failures(swim_settings::paper_swim());
  const auto lifeguard_failures = false_failures(swim_settings::paper());
  EXPECT_GT(swim_failures, 20U);
  EXPECT_LT(lifeguard_failures, swim_failures / 5);
}

// -- joining and leaving ------------------------------------------------------------------

world_options strangers(std::uint32_t members, std::uint64_t seed) {
  auto options = pool_of(members, swim_settings::lan(), seed);
  options.acquainted = false;
  return options;
}

// Through the first one.
void join_all(gossip_world& world) {
  for (std::uint32_t i = 1; i < world.size(); ++i)
    world.join({i}, {0});
}

TEST(join, of_all_through_one_seed_gives_everybody_the_whole_view) {
  gossip_world world{strangers(200, 7)};
  join_all(world);
  world.run_until(10s);
  EXPECT_EQ(wrong_beliefs(world), 0U);
}

TEST(join, of_a_thousand_at_once_is_one_step_for_nearly_all) {
  gossip_world world{strangers(1'000, 7)};
  join_all(world);
  std::set<std::uint32_t> sizes;
  for (int ms = 0; ms < 300; ++ms) {
    world.run_for(1ms);
    for (std::uint32_t i = 1; i < world.size(); ++i)
      sizes.insert(world.core({i}).counts().of(member_state::alive));
  }
  std::size_t whole = 0;
  for (std::uint32_t i = 0; i < world.size(); ++i)
    whole += world.core({i}).counts().of(member_state::alive) == world.size();
  EXPECT_GE(whole, 984U);
  EXPECT_LE(sizes.size(), 40U);
}

TEST(join, of_a_thousand_at_once_is_whole_within_a_second_and_a_half) {
  gossip_world world{strangers(1'000, 7)};
  join_all(world);
  world.run_until(1500ms);
  EXPECT_EQ(wrong_beliefs(world), 0U);
  EXPECT_LE(world.total().streams, 3 * world.size());
}

TEST(join, of_one_pool_to_another_makes_one_pool_of_all) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    gossip_world world{strangers(200, seed)};
    constexpr swim::member_number first{0};
    constexpr swim::member_number second{100};
    for (std::uint32_t i = 1; i < world.size(); ++i)
      if (i != second.value)
        world.join({i}, i < second.value ? first : second);
    world.run_until(20s);
    ASSERT_EQ(world.core(first).counts().known(), 100);
    ASSERT_EQ(world.core(second).counts().known(), 100);
    world.join(second, first);
    world.run_for(12s);
    EXPECT_EQ(wrong_beliefs(world), 0U) << "seed " << seed;
  }
}

TEST(join, of_one_to_a_large_quiet_pool_costs_a_handful_of_streams) {
  gossip_world world{pool_of(500, swim_settings::lan(), 7)};
  world.run_for(1s);
  world.crash({7});
  world.restart({7});
  const auto before = world.total().streams;
  world.join({7}, {0});
  world.run_for(5s);
  EXPECT_EQ(wrong_beliefs(world), 0U);
  // Its own, and the few of the pool's usual ones that fall into the time.
  EXPECT_LE(world.total().streams - before, 40U);
}

TEST(join, after_a_restart_overcomes_the_old_incarnation) {
  gossip_world world{pool_of(16, swim_settings::lan(), 8)};
  world.run_for(5s);
  world.stand_still({3}, standstill::stopped);
  world.run_for(20s);
  world.go_on({3});  // it refutes: its incarnation rises
  world.run_for(30s);
  ASSERT_GT(world.core({0}).record({3}).incarnation().value, 1U);
  world.crash({3});
  world.run_for(1s);
  world.restart({3});
  world.join({3}, {0});
  world.run_for(60s);
  EXPECT_EQ(wrong_beliefs(world), 0U);
  EXPECT_GT(world.core({0}).record({3}).incarnation().value, 2U);
}

TEST(leave, is_known_to_a_thousand_within_three_seconds_and_failed_to_nobody) {
  gossip_world world{pool_of(1000, swim_settings::lan(), 9)};
  std::size_t left = 0;
  std::size_t failed = 0;
  double last_s = 0;
  world.run_for(5s);
  world.observe([&](const observation& what) {
    left += what.event.kind == event_kind::left;
    failed += what.event.kind == event_kind::failed;
    last_s = seconds(what.at - time_point{}) - 5;
  });
  world.leave({500});
  world.run_for(5s);
  EXPECT_EQ(left, 1000U);
  EXPECT_LT(last_s, 3);
  world.crash({500});
  world.run_for(60s);
  EXPECT_EQ(failed, 0U);
}

// -- determinism -----------------------------------------------------------------------

TEST(seed, makes_the_run_to_the_bit) {
  const auto fingerprint = [](std::uint64_t seed) {
    fault_run run{seed};
    run.inflict();
    return run.world().fingerprint();
  };
  EXPECT_EQ(fingerprint(11), fingerprint(11));
  EXPECT_EQ(fingerprint(12), fingerprint(12));
  EXPECT_NE(fingerprint(11), fingerprint(12));
}

}  // namespace
}  // namespace troupe::gossip_scale
