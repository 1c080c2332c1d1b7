// The small parts against simple models.
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/gossip/swim/broadcast_queue.hpp"
#include "actors/gossip/swim/encoded_size.hpp"
#include "actors/gossip/swim/local_health.hpp"
#include "actors/gossip/swim/member_table.hpp"
#include "actors/gossip/swim/number_map.hpp"
#include "actors/gossip/swim/probe_order.hpp"
#include "actors/gossip/swim/suspicion_timers.hpp"
#include "actors/gossip/swim/swim_settings.hpp"

namespace troupe::actors::gossip::swim {
namespace {

using namespace std::chrono_literals;

// -- number_map ------------------------------------------------------------------

TEST(number_map, holds_what_an_ordinary_map_holds) {
  prng random{1};
  number_map<std::uint64_t> map;
  std::map<std::uint32_t, std::uint64_t> model;
  for (int step = 0; step < 200'000; ++step) {
    const member_number key{static_cast<std::uint32_t>(random() % 300)};
    if (random() % 2 == 0) {
      map.at_or_made(key) = static_cast<std::uint64_t>(step);
      model[key.value] = static_cast<std::uint64_t>(step);
    } else {
      map.erase(key);
      model.erase(key.value);
    }
    ASSERT_EQ(map.size(), model.size());
    const member_number asked{static_cast<std::uint32_t>(random() % 300)};
    const auto* found = map.find(asked);
    const auto expected = model.find(asked.value);
    ASSERT_EQ(found != nullptr, expected != model.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
    }
  }
}

// -- probe_order -----------------------------------------------------------------

TEST(probe_order, gives_every_number_once_a_round_and_shuffles_anew) {
  prng random{2};
  for (const std::uint32_t end : {1U, 2U, 3U, 7U, 8U, 100U, 1000U, 1025U}) {
    probe_order order;
    std::vector<std::uint32_t> first;
    std::vector<std::uint32_t> second;
    for (auto* round : {&first, &second})
      while (const auto next = order.next(end, random))
        round->push_back(next->value);
    ASSERT_EQ(first.size(), end);
    ASSERT_EQ(std::set(first.begin(), first.end()).size(), end);
    ASSERT_EQ(std::set(second.begin(), second.end()).size(), end);
    if (end >= 100) {
      EXPECT_NE(first, second);
    }
  }
}

TEST(probe_order, favours_no_number_at_any_place) {
  prng random{3};
  constexpr std::uint32_t end = 10;
  constexpr int rounds = 20'000;
  int count[end][end] = {};
  probe_order order;
  for (int round = 0; round < rounds; ++round)
    for (std::uint32_t place = 0;; ++place) {
      const auto next = order.next(end, random);
      if (!next)
        break;
      ++count[place][next->value];
    }
  // Chi-square with 81 degrees of freedom: 99.99 % below 136.
  double chi_square = 0;
  for (const auto& place : count)
    for (const int seen : place)
      chi_square += std::pow(seen - rounds / 10.0, 2) / (rounds / 10.0);
  EXPECT_LT(chi_square, 136);
}

TEST(probe_order, takes_in_numbers_that_come_during_a_round) {
  prng random{4};
  std::set<std::uint32_t> seen;
  probe_order order;
  std::uint32_t end = 20;
  for (int i = 0; i < 10; ++i)
    seen.insert(order.next(end, random)->value);
  end = 30;
  for (int rounds = 0; rounds < 2;)
    if (const auto next = order.next(end, random))
      seen.insert(next->value);
    else
      ++rounds;
  EXPECT_EQ(seen.size(), 30U);
}

// -- suspicion ---------------------------------------------------------------------

TEST(suspicion_length, falls_with_the_logarithm_of_confirmations) {
  const suspicion_term term{.min = 2s, .max = 30s, .confirmations_wanted = 3};
  EXPECT_EQ(suspicion_length(term, 0), 30s);
  EXPECT_EQ(suspicion_length(term, 1), 16s);
  EXPECT_EQ(suspicion_length(term, 2), 7810ms);
  EXPECT_EQ(suspicion_length(term, 3), 2s);
  const suspicion_term odd{.min = 1234567us, .max = 5s, .confirmations_wanted = 1};
  EXPECT_EQ(suspicion_length(odd, 1), 1234567us)
      << "cut to milliseconds, but not below the minimum";
  EXPECT_EQ(suspicion_length({.min = 2s, .max = 30s, .confirmations_wanted = 0}, 0), 2s);
}

TEST(suspicion_min, is_memberlists_for_pools_of_every_size) {
  EXPECT_EQ(suspicion_min(4, 0, 1s), 4s);
  EXPECT_EQ(suspicion_min(4, 10, 1s), 4s);
  EXPECT_EQ(suspicion_min(4, 128, 1s), 8428ms);
  EXPECT_EQ(suspicion_min(4, 1000, 1s), 12s);
  EXPECT_EQ(suspicion_min(4, 10'000, 1s), 16s);
  EXPECT_EQ(suspicion_min(6, 100, 5s), 60s);
}

TEST(suspicion_timers, count_each_witness_once_and_the_accuser_never) {
  suspicion_timers timers;
  const time_point start{1h};
  timers.start({7}, {1}, {.min = 2s, .max = 30s, .confirmations_wanted = 2}, start);
  EXPECT_EQ(timers.next_due(), start + 30s);
  EXPECT_FALSE(timers.confirm({7}, {1}));
  EXPECT_TRUE(timers.confirm({7}, {2}));
  EXPECT_FALSE(timers.confirm({7}, {2}));
  EXPECT_TRUE(timers.confirm({7}, {3}));
  EXPECT_FALSE(timers.confirm({7}, {4})) << "two were wanted";
  EXPECT_FALSE(timers.confirm({8}, {4})) << "nobody suspects it";
  EXPECT_EQ(timers.take_due(start + 1999ms), no_member);
  EXPECT_EQ(timers.take_due(start + 2s), member_number{7});
  EXPECT_FALSE(timers.is_running({7}));
}

TEST(suspicion_timers, end_in_order_and_never_after_they_were_cancelled) {
  prng random{5};
  suspicion_timers timers;
  std::map<std::uint32_t, time_point> model;
  time_point now{1h};
  for (int step = 0; step < 50'000; ++step) {
    const member_number about{static_cast<std::uint32_t>(random() % 50)};
    const suspicion_term term{.min = 1s, .max = 6s, .confirmations_wanted = 3};
    switch (random() % 4) {
      case 0:
        if (!timers.is_running(about)) {
          timers.start(about, {100}, term, now);
          model[about.value] = now + 6s;
        }
        break;
      case 1:
        if (timers.confirm(about, {static_cast<std::uint32_t>(101 + random() % 3)}))
          model[about.value] = time_point::min();  // somewhere nearer
        break;
      case 2:
        timers.cancel(about);
        model.erase(about.value);
        break;
      default:
        now += std::chrono::milliseconds{random() % 100};
    }
    for (auto due = timers.take_due(now); due != no_member; due = timers.take_due(now)) {
      ASSERT_TRUE(model.contains(due.value));
      ASSERT_LE(model[due.value], now);
      model.erase(due.value);
    }
    ASSERT_EQ(timers.size(), model.size());
    for (const auto& [number, at] : model)
      ASSERT_TRUE(at == time_point::min() || at > now) << number;
  }
}

TEST(local_health, stays_between_nought_and_its_maximum) {
  local_health health{7};
  health.add(-1);
  EXPECT_EQ(health.score(), 0);
  health.add(5);
  health.add(5);
  EXPECT_EQ(health.score(), 7);
  health.add(-1);
  EXPECT_EQ(health.score(), 6);
}

// -- encoded sizes: recorded packets of serf and memberlist --------------------------

TEST(encoded_size, is_that_of_recorded_messages) {
  EXPECT_EQ(ping_bytes({.target_name = 3, .source_name = 2, .source_address = 4}, 2, 7946), 62U);
  EXPECT_EQ(indirect_ping_bytes({.target_name = 3, .source_name = 2, .source_address = 4}, 91, 7946,
                                4, 7946),
            88U);
  EXPECT_EQ(ack_bytes(29'104, 130), 152U);
  EXPECT_EQ(ack_bytes(29'127, 0), 20U);
  EXPECT_EQ(nack_bytes(45'846), 11U);
  EXPECT_EQ(accusation_bytes(3, 2, 1), 32U);
  EXPECT_EQ(accusation_bytes(2, 2, 1), 31U);
  EXPECT_EQ(alive_bytes(3, 4, 24, 7946) + uint_bytes(1), 83U);
}

// -- member_directory ------------------------------------------------------------------

TEST(member_directory, keeps_what_is_acquired_and_gives_other_numbers_out_again) {
  member_directory directory;
  const auto kept = *directory.intern("kept");
  const auto kept_identity = directory.intern_identity(kept, {.meta = "tags"});
  directory.acquire(kept);
  directory.acquire(kept_identity);
  const auto passing = *directory.intern("passing");
  directory.intern_identity(passing, {.meta = "other"});
  EXPECT_EQ(directory.find("passing"), passing);
  directory.drop_unused();
  EXPECT_EQ(directory.find("passing"), no_member);
  EXPECT_EQ(directory.name(kept), "kept");
  EXPECT_EQ(directory.identity(kept_identity).meta, "tags");
  EXPECT_EQ(directory.names(), 1U);
  EXPECT_EQ(directory.identities(), 1U);
  EXPECT_EQ(*directory.intern("next"), passing) << "the number is free";

  directory.release(kept_identity);
  directory.release(kept);
  EXPECT_EQ(directory.name(kept), "kept") << "an output may still name it";
  directory.drop_unused();
  EXPECT_EQ(directory.names(), 0U);
  EXPECT_EQ(directory.identities(), 0U);
}

TEST(member_directory, makes_no_new_identity_of_the_same_words) {
  member_directory directory;
  const auto member = *directory.intern("a");
  const auto first = directory.intern_identity(member, {.meta = "x"});
  EXPECT_EQ(directory.intern_identity(member, {.meta = "x"}), first);
  EXPECT_NE(directory.intern_identity(member, {.meta = "y"}), first);
}

TEST(member_directory, refuses_a_name_that_no_packet_could_carry) {
  member_directory directory;
  EXPECT_EQ(directory.intern(std::string(5000, 'x')).error().code, messages::errc::too_large);
}

// -- member_table ---------------------------------------------------------------------

TEST(member_table, is_the_same_over_a_shared_base_as_alone) {
  prng random{6};
  member_directory directory{member_directory::lifetime::keeps_all};
  constexpr std::uint32_t members = 400;
  std::vector<member_record> records;
  for (std::uint32_t i = 0; i < members; ++i) {
    const auto number = *directory.intern(std::to_string(i));
    records.emplace_back(member_state::alive, incarnation_number{1},
                         directory.intern_identity(number, {}), time_point{});
  }
  member_table shared{directory, base_view::of(records)};
  member_table alone{directory, nullptr};
  for (std::uint32_t i = 0; i < members; ++i)
    alone.put({i}, records[i]);
  for (int step = 0; step < 2000; ++step) {
    // Few members at first: then the table leaves its base on the way.
    const member_number about{
        static_cast<std::uint32_t>(random() % (step < 1000 ? std::uint32_t{50} : members))};
    const auto state = static_cast<member_state>(random() % 5);
    const member_record record = state == member_state::unknown
                                     ? member_record{}
                                     : member_record{state,
                                                     {static_cast<std::uint32_t>(step)},
                                                     records[about.value].identity(),
                                                     time_point{} + 16ns * step};
    shared.put(about, record);
    alone.put(about, record);
    ASSERT_EQ(shared.counts().by_state, alone.counts().by_state);
    for (std::uint32_t i = 0; i < members; ++i) {
      ASSERT_EQ(shared.at({i}).state(), alone.at({i}).state());
      ASSERT_EQ(shared.at({i}).incarnation(), alone.at({i}).incarnation());
      ASSERT_EQ(shared.at({i}).changed_at(), alone.at({i}).changed_at());
    }
  }
}

TEST(member_table, costs_a_member_of_a_shared_base_next_to_nothing) {
  member_directory directory{member_directory::lifetime::keeps_all};
  std::vector<member_record> records;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    records.emplace_back(member_state::alive, incarnation_number{1},
                         directory.intern_identity(*directory.intern(std::to_string(i)), {}),
                         time_point{});
  member_table table{directory, base_view::of(records)};
  for (std::uint32_t i = 0; i < 10; ++i)
    table.put({i}, {member_state::dead, {1}, records[i].identity(), time_point{}});
  EXPECT_LT(table.memory_bytes(), 1000U);
}

TEST(member_table, holds_the_names_and_identities_it_needs) {
  member_directory directory;
  const auto member = *directory.intern("a");
  {
    member_table table{directory, nullptr};
    table.put(member, {member_state::alive, {1}, directory.intern_identity(member, {}), {}});
    table.put(member,
              {member_state::alive, {2}, directory.intern_identity(member, {.meta = "x"}), {}});
    directory.drop_unused();
    EXPECT_EQ(directory.names(), 1U);
    EXPECT_EQ(directory.identities(), 1U);
    table.put(member, {});
    directory.drop_unused();
    EXPECT_EQ(directory.names(), 0U);
    table.put(
        *directory.intern("b"),
        {member_state::alive, {1}, directory.intern_identity(*directory.intern("b"), {}), {}});
  }
  directory.drop_unused();
  EXPECT_EQ(directory.names(), 0U) << "the table gave all back";
}

// -- settings ----------------------------------------------------------------------------

TEST(swim_settings, presets_are_valid_and_nonsense_is_not) {
  for (const auto& preset :
       {swim_settings::lan(), swim_settings::wan(), swim_settings::local(),
        swim_settings::development(), swim_settings::paper(), swim_settings::paper_swim()})
    EXPECT_TRUE(validate(preset));
  auto nonsense = swim_settings::lan();
  nonsense.probe_timeout = 2s;
  EXPECT_THAT(validate(nonsense).error().detail, testing::HasSubstr("probe timeout"));
  nonsense = swim_settings::lan();
  nonsense.suspicion_multiplier = std::nan("");
  EXPECT_FALSE(validate(nonsense));
  nonsense = swim_settings::lan();
  nonsense.gossip_interval = 0s;
  EXPECT_FALSE(validate(nonsense));
}

TEST(swim_settings, want_as_many_confirmations_as_memberlist) {
  EXPECT_EQ(swim_settings::lan().confirmations_wanted(), 2);
  EXPECT_EQ(swim_settings::wan().confirmations_wanted(), 4);
  EXPECT_EQ(swim_settings::local().confirmations_wanted(), 1);
  EXPECT_EQ(swim_settings::paper().confirmations_wanted(), 3);
  EXPECT_EQ(swim_settings::paper_swim().confirmations_wanted(), 0);
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
