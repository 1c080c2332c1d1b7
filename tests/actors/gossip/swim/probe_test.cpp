// Probes and what they lead to; answering for others; what rides along.
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/gossip/swim/encoded_size.hpp"
#include "messages/limits.hpp"
#include "tests/actors/gossip/swim/one_core.hpp"

namespace troupe::actors::gossip::swim {
namespace {

using strings = std::vector<std::string>;

// Passes time until a ping goes out; gives it.
ping next_ping(one_core& pool) {
  for (int i = 0; i < 1000; ++i) {
    pool.now = std::max(pool.now, pool.core.next_deadline());
    pool.core.tick(pool.now);
    pool.take_output();
    if (const auto pings = pool.sent<ping>(); !pings.empty())
      return pings.front().second;
  }
  return {};
}

swim_settings without_stream_pings() {
  auto settings = swim_settings::lan();
  settings.stream_pings = false;
  return settings;
}

TEST(probe, goes_to_every_live_member_once_a_round_and_to_no_other) {
  one_core pool;
  pool.meet({"b", "c", "d", "e", "f"});
  pool.hear_dead("e", 1, "b");
  pool.hear_dead("f", 1, "f");
  for (int round = 0; round < 3; ++round) {
    std::set<std::string> targets;
    for (int i = 0; i < 3; ++i) {
      const auto message = next_ping(pool);
      targets.insert(pool.name(message.target));
      pool.core.on_ack(message.sequence, pool.now + 1ms);
    }
    EXPECT_EQ(targets, (std::set<std::string>{"b", "c", "d"}));
  }
}

TEST(probe, keeps_its_interval) {
  one_core pool;
  pool.meet({"b"});
  auto message = next_ping(pool);
  const auto first = pool.now;
  for (int i = 1; i < 10; ++i) {
    pool.core.on_ack(message.sequence, pool.now + 2ms);
    message = next_ping(pool);
    EXPECT_EQ(pool.now, first + i * 1s);
  }
}

TEST(probe, measures_the_round_trip_of_a_direct_ack_only) {
  one_core pool;
  pool.meet({"b", "c", "d"});
  auto message = next_ping(pool);
  const auto timely = pool.core.on_ack(message.sequence, pool.now + 7ms);
  ASSERT_TRUE(timely);
  EXPECT_EQ(timely->from, message.target);
  EXPECT_EQ(timely->round_trip, 7ms);
  EXPECT_FALSE(pool.core.on_ack(message.sequence, pool.now + 8ms)) << "the round is over";
  message = next_ping(pool);
  pool.pass(600ms);
  EXPECT_FALSE(pool.core.on_ack(message.sequence, pool.now));
}

TEST(probe, that_is_not_acked_asks_others_and_a_stream_at_its_timeout) {
  one_core pool;
  pool.meet({"b", "c", "d", "e", "f", "g"});
  const auto message = next_ping(pool);
  const auto sent = pool.now;
  pool.pass(499ms);
  EXPECT_TRUE(pool.sent<indirect_ping>().empty());
  pool.pass(1ms);
  const auto asked = pool.sent<indirect_ping>();
  ASSERT_EQ(asked.size(), 3U);
  std::set<member_number> helpers;
  for (const auto& [where, request] : asked) {
    helpers.insert(where->to.member);
    EXPECT_EQ(request.sequence, message.sequence);
    EXPECT_EQ(request.target.member, message.target);
    EXPECT_TRUE(request.nack_wanted);
    EXPECT_FALSE(where->by_record);
  }
  EXPECT_EQ(helpers.size(), 3U);
  EXPECT_FALSE(helpers.contains(message.target));
  EXPECT_FALSE(helpers.contains(pool.number("self")));
  ASSERT_EQ(pool.out.stream_pings.size(), 1U);
  EXPECT_EQ(pool.out.stream_pings[0].target.member, message.target);
  EXPECT_EQ(pool.out.stream_pings[0].deadline, sent + 1s);
}

TEST(probe, that_is_not_acked_is_sent_once_more_beside_the_helpers) {
  one_core pool;
  pool.meet({"b", "c", "d"});
  const auto message = next_ping(pool);
  pool.pass(500ms);
  const auto again = pool.sent<ping>();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].second.sequence, message.sequence);
  EXPECT_EQ(again[0].second.target, message.target);
  one_core papers{swim_settings::paper()};
  papers.meet({"b", "c", "d"});
  next_ping(papers);
  papers.pass(500ms);
  EXPECT_TRUE(papers.sent<ping>().empty());
}

TEST(probe, asks_old_members_for_no_nack_and_no_stream_ping) {
  one_core pool;
  pool.hear_alive("b", 1, pool.identity("b", 0, "", {1, 2, 2}));
  pool.hear_alive("c", 1, pool.identity("c", 0, "", {1, 2, 2}));
  next_ping(pool);
  pool.pass(500ms);
  ASSERT_EQ(pool.sent<indirect_ping>().size(), 1U);
  EXPECT_FALSE(pool.sent<indirect_ping>()[0].second.nack_wanted);
  EXPECT_TRUE(pool.out.stream_pings.empty());
}

TEST(probe, that_fails_suspects_the_target_when_the_round_ends) {
  one_core pool{without_stream_pings()};
  pool.meet({"b", "c", "d", "e"});
  const auto target = pool.name(next_ping(pool).target);
  pool.pass(999ms);
  EXPECT_EQ(pool.state(target), member_state::alive);
  pool.pass(1ms);
  EXPECT_EQ(pool.state(target), member_state::suspect);
  EXPECT_EQ(pool.news().front().from, pool.number("self"));
}

TEST(probe, that_fails_tells_the_accused_at_once) {
  for (const bool directly : {true, false}) {
    auto settings = without_stream_pings();
    settings.lifeguard.settles_directly = directly;
    one_core pool{settings};
    pool.meet({"b", "c", "d", "e"});
    pool.core.hold_gossip(true);
    const auto target = next_ping(pool).target;
    pool.pass(1s);
    const auto direct = pool.sent<std::monostate>();
    ASSERT_EQ(direct.size(), directly ? 1U : 0U);
    if (!directly)
      continue;
    EXPECT_EQ(direct[0].first->to.member, target);
    EXPECT_EQ(pool.updates_of(*direct[0].first),
              (std::vector<update>{
                  {update_kind::suspect, target, {1}, pool.number("self"), no_identity}}));
  }
}

TEST(probe, is_saved_by_an_ack_that_others_passed_on_or_by_the_stream) {
  one_core pool;
  pool.meet({"b", "c", "d", "e"});
  auto message = next_ping(pool);
  pool.pass(700ms);
  pool.core.on_ack(message.sequence, pool.now);
  pool.pass(299ms);
  EXPECT_EQ(pool.core.running_suspicions(), 0U);

  message = next_ping(pool);
  pool.pass(700ms);
  pool.core.on_stream_ping_answered(message.sequence);
  pool.pass(299ms);
  EXPECT_EQ(pool.core.running_suspicions(), 0U);
  EXPECT_EQ(pool.core.counters().stream_rescues, 0U)
      << "the round waits for a packet until its end";
  pool.pass(1ms);
  EXPECT_EQ(pool.core.running_suspicions(), 0U);
  EXPECT_EQ(pool.core.counters().stream_rescues, 1U);
}

TEST(probe, accuses_the_incarnation_it_began_with) {
  one_core pool{without_stream_pings()};
  pool.meet({"b", "c"});
  const auto target = pool.name(next_ping(pool).target);
  pool.hear_alive(target, 2);
  pool.pass(1s);
  EXPECT_EQ(pool.state(target), member_state::alive) << "it spoke since";
}

TEST(probe, that_cannot_be_sent_goes_on_or_ends_by_whose_fault_it_is) {
  one_core pool;
  pool.meet({"b", "c", "d", "e"});
  auto message = next_ping(pool);
  pool.core.on_ping_not_sent(message.sequence, true, pool.now);
  pool.core.tick(pool.now);
  pool.take_output();
  EXPECT_EQ(pool.sent<indirect_ping>().size(), 3U);
  pool.core.on_ack(message.sequence, pool.now);
  message = next_ping(pool);
  pool.core.on_ping_not_sent(message.sequence, false, pool.now);
  pool.pass(999ms);
  EXPECT_TRUE(pool.sent<indirect_ping>().empty());
  EXPECT_EQ(pool.core.running_suspicions(), 0U);
}

// -- local health -----------------------------------------------------------------------

void fail_a_probe(one_core& pool, int nacks) {
  const auto message = next_ping(pool);
  for (int i = 0; i < nacks; ++i)
    pool.core.on_nack(message.sequence);
  while (pool.core.counters().failed_probes == 0)
    pool.pass(100ms);
}

TEST(local_health, falls_by_the_nacks_that_did_not_come) {
  for (const int nacks : {0, 1, 2, 3}) {
    one_core pool{without_stream_pings()};
    pool.meet({"b", "c", "d", "e", "f"});
    fail_a_probe(pool, nacks);
    EXPECT_EQ(pool.core.health_score(), 3 - nacks);
  }
}

TEST(local_health, falls_by_one_where_nobody_could_nack) {
  one_core pool{without_stream_pings()};
  pool.meet({"b"});
  fail_a_probe(pool, 0);
  EXPECT_EQ(pool.core.health_score(), 1);
}

TEST(local_health, counts_a_failed_probe_itself_in_the_paper) {
  auto settings = swim_settings::paper();
  settings.stream_pings = false;
  one_core pool{settings};
  pool.meet({"b", "c", "d", "e", "f"});
  fail_a_probe(pool, 2);
  EXPECT_EQ(pool.core.health_score(), 2);
}

TEST(local_health, stretches_the_round_but_not_memberlists_wait_for_the_ack) {
  for (const bool as_in_the_paper : {false, true}) {
    auto settings = without_stream_pings();
    settings.lifeguard.stretches_probe_timeout = as_in_the_paper;
    one_core pool{settings};
    pool.meet({"b", "c", "d", "e", "f"});
    for (int i = 0; i < 3; ++i)
      pool.hear_suspect("self", pool.incarnation("self"), "b");
    ASSERT_EQ(pool.core.health_score(), 3);
    next_ping(pool);
    const auto sent = pool.now;
    while (pool.sent<indirect_ping>().empty())
      pool.pass(10ms);
    EXPECT_EQ(pool.now - sent, as_in_the_paper ? 2000ms : 500ms);
    while (pool.core.running_suspicions() == 0)
      pool.pass(10ms);
    EXPECT_EQ(pool.now - sent, 4s);
  }
}

TEST(local_health, recovers_by_good_probes_and_skips_missed_turns) {
  one_core pool{without_stream_pings()};
  pool.meet({"b", "c", "d"});
  pool.hear_suspect("self", 1, "b");
  pool.hear_suspect("self", 2, "b");
  ASSERT_EQ(pool.core.health_score(), 2);
  auto message = next_ping(pool);
  const auto first = pool.now;
  pool.pass(2500ms);
  pool.core.on_ack(message.sequence, pool.now);
  EXPECT_EQ(pool.core.health_score(), 1);
  message = next_ping(pool);
  EXPECT_EQ(pool.now - first, 2500ms) << "one missed turn starts at once";
  pool.core.on_ack(message.sequence, pool.now);
  next_ping(pool);
  EXPECT_EQ(pool.now - first, 3s) << "then the beat is kept";
}

TEST(local_health, switched_off_asks_for_no_nacks_and_stays_well) {
  auto settings = swim_settings::paper_swim();
  settings.stream_pings = false;
  one_core pool{settings};
  pool.meet({"b", "c", "d", "e"});
  next_ping(pool);
  pool.pass(500ms);
  ASSERT_FALSE(pool.sent<indirect_ping>().empty());
  EXPECT_FALSE(pool.sent<indirect_ping>()[0].second.nack_wanted);
  pool.pass(500ms);
  EXPECT_EQ(pool.core.health_score(), 0);
}

// -- buddy system --------------------------------------------------------------------------

TEST(buddy_system, tells_a_suspected_member_in_the_ping_itself) {
  for (const bool is_on : {true, false}) {
    auto settings = without_stream_pings();
    settings.lifeguard.buddy_system = is_on;
    one_core pool{settings};
    pool.meet({"b"});
    pool.hear_suspect("b", 1, "x");
    const auto message = next_ping(pool);
    ASSERT_EQ(pool.name(message.target), "b");
    const auto* carrier = pool.sent<ping>().front().first;
    const update own_suspicion{
        update_kind::suspect, pool.number("b"), {1}, pool.number("self"), no_identity};
    const auto riding = pool.updates_of(*carrier);
    EXPECT_EQ(carrier->by_record, is_on);
    EXPECT_EQ(riding == std::vector{own_suspicion}, is_on);
    if (is_on) {
      EXPECT_EQ(carrier->user_messages_max, 0U);
    }
  }
}

// -- for others ------------------------------------------------------------------------------

TEST(ping, is_answered_to_the_asker_if_it_is_for_this_member_or_for_anyone) {
  one_core pool;
  pool.meet({"b"});
  const address asker{pool.number("b"), {ip_address::from_bytes("\x7f\x01\x01\x01"), 99}};
  pool.core.on_ping({{5}, pool.number("self"), asker});
  pool.core.on_ping({{6}, no_member, asker});
  pool.core.on_ping({{7}, pool.number("b"), asker});
  pool.take_output();
  const auto acks = pool.sent<ack>();
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0].second.sequence, sequence_number{5});
  EXPECT_TRUE(acks[0].second.with_payload);
  EXPECT_EQ(acks[0].first->to.where.port, 99);
  EXPECT_EQ(acks[1].second.sequence, sequence_number{6});
  EXPECT_EQ(pool.core.counters().unknown, 1U);
}

indirect_ping request_by(one_core& pool, std::uint32_t sequence, bool nack_wanted = true) {
  return {.sequence = {sequence},
          .target = {pool.number("target"), {ip_address::from_bytes("\x7f\x02\x02\x02"), 0}},
          .reply_to = {pool.number("b"), {}},
          .nack_wanted = nack_wanted};
}

TEST(indirect_ping, pings_for_the_asker_and_passes_the_ack_on) {
  one_core pool;
  pool.meet({"b"});
  pool.core.on_indirect_ping(request_by(pool, 77), pool.now);
  pool.take_output();
  ASSERT_EQ(pool.sent<ping>().size(), 1U);
  const auto [carrier, made] = pool.sent<ping>().front();
  EXPECT_EQ(made.target, pool.number("target"));
  EXPECT_EQ(carrier->to.where.port, 7946) << "port 0 means one's own";
  pool.core.on_ack(made.sequence, pool.now + 100ms);
  pool.core.on_ack(made.sequence, pool.now + 101ms);
  pool.take_output();
  const auto acks = pool.sent<ack>();
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].second.sequence, sequence_number{77});
  EXPECT_FALSE(acks[0].second.with_payload);
  EXPECT_EQ(acks[0].first->to.member, pool.number("b"));
  pool.pass(1s);
  EXPECT_TRUE(pool.sent<nack>().empty());
}

TEST(indirect_ping, is_nacked_at_the_timeout_if_that_was_asked_for) {
  one_core pool;
  pool.core.on_indirect_ping(request_by(pool, 1), pool.now);
  pool.core.on_indirect_ping(request_by(pool, 2, false), pool.now);
  pool.pass(499ms);
  EXPECT_TRUE(pool.sent<nack>().empty());
  pool.pass(1ms);
  ASSERT_EQ(pool.sent<nack>().size(), 1U);
  EXPECT_EQ(pool.sent<nack>()[0].second.sequence, sequence_number{1});
}

TEST(indirect_ping, passes_no_ack_on_that_came_after_its_timeout) {
  one_core pool;
  pool.core.on_indirect_ping(request_by(pool, 1), pool.now);
  pool.take_output();
  pool.core.on_ack(pool.sent<ping>().front().second.sequence, pool.now + 500ms);
  pool.take_output();
  EXPECT_TRUE(pool.sent<ack>().empty());
}

TEST(indirect_ping, is_nacked_early_in_the_paper_and_an_ack_may_still_follow) {
  one_core pool{swim_settings::paper()};
  pool.core.on_indirect_ping(request_by(pool, 1), pool.now);
  pool.take_output();
  const auto made = pool.sent<ping>().front().second;
  pool.pass(400ms);
  EXPECT_EQ(pool.sent<nack>().size(), 1U);
  pool.core.on_ack(made.sequence, pool.now + 50ms);
  pool.take_output();
  EXPECT_EQ(pool.sent<ack>().size(), 1U);
}

TEST(indirect_ping, is_shed_beyond_a_bound_that_frees_itself) {
  one_core pool;
  constexpr auto most = messages::limits::gossip_forwards_max;
  for (std::size_t i = 0; i < most + 10; ++i)
    pool.core.on_indirect_ping(request_by(pool, static_cast<std::uint32_t>(i)), pool.now);
  pool.take_output();
  EXPECT_EQ(pool.sent<ping>().size(), most);
  EXPECT_EQ(pool.core.counters().forwards_shed, 10U);
  pool.pass(1s);
  pool.core.on_indirect_ping(request_by(pool, 1), pool.now);
  pool.take_output();
  EXPECT_EQ(pool.sent<ping>().size(), 1U);
}

// -- dissemination ------------------------------------------------------------------------

TEST(gossip, sends_news_to_its_number_of_members_each_interval) {
  one_core pool;
  pool.meet({"b", "c", "d", "e", "f", "g", "h", "i", "j", "k"});
  pool.take_output();
  pool.pass(200ms);
  std::set<member_number> reached;
  for (const auto& each : pool.out.packets)
    if (each.is_gossip()) {
      reached.insert(each.to.member);
      EXPECT_TRUE(each.by_record);
      EXPECT_GT(each.update_count, 0U);
    }
  EXPECT_EQ(reached.size(), 3U);
}

TEST(gossip, falls_silent_when_all_is_told_and_the_core_does_not_wake_for_it) {
  one_core pool;
  pool.meet({"b"});
  for (int i = 0; i < 10; ++i)
    pool.core.on_ack(next_ping(pool).sequence, pool.now);
  EXPECT_EQ(pool.core.queued_broadcasts(), 0U);
  EXPECT_GT(pool.core.next_deadline() - pool.now, 900ms);
  pool.core.set_user_messages_waiting(true, pool.now);
  EXPECT_LE(pool.core.next_deadline() - pool.now, 200ms);
  pool.pass(200ms);
  ASSERT_EQ(std::ranges::count_if(pool.out.packets, &packet::is_gossip), 1);
  EXPECT_EQ(pool.out.packets[0].room, 1400U - compound_header_bytes);
}

TEST(gossip, goes_to_the_newly_dead_but_neither_to_the_left_nor_to_the_long_dead) {
  auto settings = swim_settings::lan();
  settings.probe_interval = 1h;
  one_core pool{settings};
  pool.meet({"dead", "left"});
  pool.hear_dead("dead", 1, "x");
  pool.hear_dead("left", 1, "left");
  pool.core.set_user_messages_waiting(true, pool.now);
  std::map<std::string, int> reached;
  const auto count = [&] {
    reached.clear();
    for (const auto& each : pool.out.packets)
      ++reached[pool.name(each.to.member)];
  };
  pool.pass(29s);
  count();
  EXPECT_GT(reached["dead"], 100);
  EXPECT_EQ(reached["left"], 0);
  pool.pass(2s);
  pool.pass(10s);
  count();
  EXPECT_TRUE(reached.empty());
}

TEST(packet, carries_as_much_news_as_its_budget_allows_and_says_what_is_left) {
  one_core pool;
  pool.core.set_packet_overhead(29);
  for (int i = 0; i < 200; ++i)
    pool.hear_alive("member-with-some-name-" + std::to_string(i));
  pool.core.set_ack_payload_bytes(130);
  pool.core.on_ping({{300}, no_member, {no_member, {}}});
  pool.take_output();
  const auto& carrier = *pool.sent<ack>().front().first;
  std::size_t used = ack_bytes(300, 130) + compound_header_bytes + 29;
  for (const auto& each : pool.updates_of(carrier))
    used += pool.directory.alive_bytes(each.identity) + uint_bytes(each.incarnation.value) +
            compound_part_bytes;
  EXPECT_EQ(used + carrier.room, 1400U);
  EXPECT_LT(carrier.room, 80U);
  EXPECT_EQ(carrier.user_messages_max, 254 - carrier.update_count);
}

TEST(push_pull, asks_one_live_member_each_interval_and_rarer_in_large_pools) {
  const auto asked_within = [](int members, nanoseconds time) {
    one_core pool;
    for (int i = 1; i < members; ++i)
      pool.hear_alive("m" + std::to_string(i));
    std::size_t asked = 0;
    const auto end = pool.now + time;
    while (pool.now < end) {
      // All acknowledge, so that nobody is suspected.
      pool.pass(10ms);
      for (const auto& [carrier, message] : pool.sent<ping>())
        pool.core.on_ack(message.sequence, pool.now);
      asked += pool.out.push_pulls.size();
    }
    return asked;
  };
  EXPECT_NEAR(static_cast<double>(asked_within(5, 600s)), 20, 1.5);
  EXPECT_NEAR(static_cast<double>(asked_within(33, 600s)), 10, 1.5);
  EXPECT_NEAR(static_cast<double>(asked_within(128, 900s)), 10, 1.5);
}

TEST(push_pull, asks_nobody_who_is_not_alive) {
  one_core pool;
  pool.meet({"suspect", "left"});
  pool.hear_suspect("suspect", 1, "left");
  pool.hear_dead("left", 1, "left");
  auto asked = pool.out.push_pulls.size();
  for (int i = 0; i < 600; ++i) {
    pool.pass(100ms);
    asked += pool.out.push_pulls.size();
    pool.hear_alive("suspect", pool.incarnation("suspect") + 1);
    pool.hear_suspect("suspect", pool.incarnation("suspect"), "left");
  }
  EXPECT_EQ(asked, 0U);
}

// -- hostile input ----------------------------------------------------------------------------

TEST(core, stands_any_order_of_any_messages) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto settings = seed % 2 == 0 ? swim_settings::lan() : swim_settings::paper();
    settings.dead_node_reclaim_time = 5s;
    one_core pool{settings};
    prng random{seed};
    const auto some_name = [&] {
      return random() % 12 == 0 ? "self" : "m" + std::to_string(random() % 20);
    };
    for (int step = 0; step < 5000; ++step) {
      const auto incarnation =
          static_cast<std::uint32_t>(random() % 50 == 0 ? random() : random() % 9);
      switch (random() % 10) {
        case 0:
        case 1:
          pool.core.on_update({update_kind::suspect,
                               pool.number(some_name()),
                               {incarnation},
                               pool.number(some_name()),
                               no_identity},
                              pool.now);
          break;
        case 2:
          pool.core.on_update({update_kind::dead,
                               pool.number(some_name()),
                               {incarnation},
                               pool.number(some_name()),
                               no_identity},
                              pool.now);
          break;
        case 3:
        case 4: {
          const auto name = some_name();
          pool.core.on_update({update_kind::alive,
                               pool.number(name),
                               {incarnation},
                               no_member,
                               pool.identity(name, static_cast<std::uint8_t>(random() % 5 == 0),
                                             std::to_string(random() % 3))},
                              pool.now);
          break;
        }
        case 5:
          pool.core.on_ack({static_cast<std::uint32_t>(random() % 200)}, pool.now);
          pool.core.on_nack({static_cast<std::uint32_t>(random() % 200)});
          break;
        case 6:
          pool.core.on_indirect_ping(request_by(pool, incarnation), pool.now);
          break;
        case 7:
          pool.core.on_ping({{incarnation}, pool.number(some_name()), {}});
          break;
        default:
          pool.pass(std::chrono::milliseconds{random() % 700});
      }
      pool.take_output();
      pool.directory.drop_unused();
      ASSERT_EQ(pool.state("self"), member_state::alive);
      const auto& n = pool.core.counts();
      ASSERT_EQ(n.of(member_state::suspect), pool.core.running_suspicions());
      ASSERT_LE(n.known(), 21U);
      ASSERT_LE(pool.core.queued_broadcasts(), n.known());
    }
  }
}

TEST(gossip, waits_while_nothing_can_be_sent) {
  one_core pool;
  pool.meet({"a", "b", "c"});
  pool.core.hold_gossip(true);
  pool.pass(900ms);
  for (const auto& each : pool.out.packets)
    EXPECT_FALSE(each.is_gossip());
  pool.core.hold_gossip(false);
  pool.pass(1s);
  EXPECT_TRUE(std::any_of(pool.out.packets.begin(), pool.out.packets.end(),
                          [](const packet& each) { return each.is_gossip(); }));
}

}  // namespace
}  // namespace troupe::actors::gossip::swim
