#include "actors/gossip/gossip_pool.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "pool_world.hpp"

namespace troupe::tests {

namespace {

using gossip::serf::member_status;

const std::string key_one(16, '\x07');
const std::string key_two(32, '\x09');

// Members a, b, c, ... that know each other.
void grow(pool_world& world, int members, const std::vector<std::string>& keys = {}) {
  for (int i = 0; i < members; ++i)
    world.start(std::string(1, static_cast<char>('a' + i)), keys);
  for (int i = 1; i < members; ++i)
    ASSERT_TRUE(world.join(*world.nodes()[i], *world.nodes()[0]));
  ASSERT_TRUE(world.run_until(
      [&] {
        for (const auto& each : world.nodes()) {
          if (!world.all_see(each->name, member_status::alive))
            return false;
        }
        return true;
      },
      60s));
}

}  // namespace

TEST(gossip_pool, of_five_sees_all_with_their_tags_plain_and_encrypted) {
  for (const auto& keys : {std::vector<std::string>{}, std::vector<std::string>{key_one}}) {
    pool_world world(1);
    grow(world, 5, keys);
    for (const auto& each : world.nodes()) {
      const auto members = each->pool->serf().members();
      ASSERT_EQ(members.size(), 5U);
      for (const auto& one : members)
        EXPECT_EQ(one.tags, (gossip::serf::tag_map{{"is", one.name}}));
      EXPECT_EQ(each->pool->counters().refused_datagrams, 0U);
      EXPECT_EQ(each->pool->counters().dropped_messages, 0U);
    }
  }
}

TEST(gossip_pool, runs_the_same_from_the_same_seed) {
  const auto run = [](std::uint64_t seed) {
    pool_world world(seed);
    world.set_loss(0.05);
    for (const char* name : {"a", "b", "c"})
      world.start(name);
    for (int i = 1; i < 3; ++i)
      world.join(*world.nodes()[i], *world.nodes()[0]);
    world.run_for(60s);
    return world.hash();
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(gossip_pool, tells_a_crash_as_failed_and_a_leave_as_left) {
  pool_world world(2);
  grow(world, 5);
  auto& crashed = *world.nodes()[3];
  world.kill(crashed);
  EXPECT_TRUE(world.run_until([&] { return world.all_see("d", member_status::failed); }, 60s));

  auto& leaver = *world.nodes()[4];
  ASSERT_TRUE(leaver.pool->serf().leave(world.now()));
  world.carry_out(leaver);
  EXPECT_TRUE(world.run_until([&] { return leaver.has_left; }, 30s));
  world.kill(leaver);
  EXPECT_TRUE(world.run_until([&] { return world.all_see("e", member_status::left); }, 30s));
}

TEST(gossip_pool, carries_each_event_to_each_member_once_whatever_is_lost) {
  pool_world world(3);
  grow(world, 6, {key_one});
  world.set_loss(0.1);
  for (int i = 0; i < 10; ++i) {
    auto& from = *world.nodes()[i % 6];
    ASSERT_TRUE(from.pool->serf().fire_event("deploy", std::to_string(i), false, world.now()));
    world.carry_out(from);
    world.run_for(500ms);
  }
  // What gossip loses a push/pull brings.
  EXPECT_TRUE(world.run_until(
      [&] {
        for (const auto& each : world.nodes()) {
          if (each->user_events.size() < 10)
            return false;
        }
        return true;
      },
      300s));
  for (const auto& each : world.nodes()) {
    std::multiset<std::string> payloads;
    for (const auto& event : each->user_events)
      payloads.insert(event.payload);
    EXPECT_EQ(payloads.size(), 10U) << each->name;
    EXPECT_EQ(std::set<std::string>(payloads.begin(), payloads.end()).size(), 10U) << each->name;
  }
}

TEST(gossip_pool, answers_a_query_from_every_member_directly_and_relayed) {
  for (const std::uint8_t relay : {std::uint8_t{0}, std::uint8_t{2}}) {
    pool_world world(4);
    grow(world, 5);
    auto& asker = *world.nodes()[2];
    gossip::serf::query_request request;
    request.name = "who";
    request.payload = "x";
    request.want_acks = true;
    request.relay_factor = relay;
    ASSERT_TRUE(asker.pool->serf().ask(request, world.now()));
    world.carry_out(asker);
    const auto who_acked = [&] {
      return std::set<std::string>(asker.acks.begin(), asker.acks.end());
    };
    EXPECT_TRUE(world.run_until(
        [&] { return asker.responses.size() == 5 && who_acked().size() == 5; }, 10s));
    EXPECT_EQ(asker.responses["e"], "e:x");
    EXPECT_EQ(asker.acks.size(), 5U);
  }
}

TEST(gossip_pool, changes_its_key_while_it_runs) {
  pool_world world(5);
  grow(world, 4, {key_one});
  using operation = gossip::serf::keyring_operation;
  auto& hand = *world.nodes()[1];
  const auto ask = [&](operation what, const std::string& key) {
    hand.keyring_replies.clear();
    ASSERT_TRUE(hand.pool->serf().ask_keyring({what, key, 0}, world.now()));
    world.carry_out(hand);
    ASSERT_TRUE(world.run_until([&] { return !hand.keyring_replies.empty(); }, 30s));
    EXPECT_EQ(hand.keyring_replies[0].failure, "");
    EXPECT_EQ(hand.keyring_replies[0].responses, 4);
  };
  ask(operation::install, key_two);
  ask(operation::use, key_two);
  ask(operation::remove, key_one);
  ask(operation::list, {});
  EXPECT_EQ(hand.keyring_replies[0].keys,
            (std::map<std::string, int>{{gossip::print_key(key_two), 4}}));
  EXPECT_EQ(hand.keyring_replies[0].primary_keys,
            (std::map<std::string, int>{{gossip::print_key(key_two), 4}}));
  for (const auto& each : world.nodes())
    EXPECT_TRUE(each->ring->contains(key_two) && !each->ring->contains(key_one));
  world.run_for(60s);
  for (const auto& each : world.nodes())
    EXPECT_TRUE(world.all_see(each->name, member_status::alive));
}

TEST(gossip_pool, lets_nobody_in_without_the_key) {
  for (const auto& keys : {std::vector<std::string>{}, std::vector<std::string>{key_two}}) {
    pool_world world(6);
    grow(world, 2, {key_one});
    auto& stranger = world.start("stranger", keys);
    EXPECT_FALSE(world.join(stranger, *world.nodes()[0]));
    world.run_for(30s);
    EXPECT_EQ(world.nodes()[0]->pool->serf().members().size(), 2U);
    EXPECT_EQ(stranger.pool->serf().members().size(), 1U);
  }
}

TEST(gossip_pool, refuses_a_member_of_another_datacenter_without_telling_it) {
  pool_world world(7);
  const auto of = [](const std::string& datacenter) {
    return [datacenter](gossip::pool_settings& settings) {
      settings.filter = {gossip::serf::pool_kind::lan, settings.serf.node_name, "", datacenter,
                         true};
      settings.serf.tags = {{"role", "node"}, {"dc", datacenter}};
    };
  };
  auto& here = world.start("here", {}, of("dc1"));
  auto& also_here = world.start("also-here", {}, of("dc1"));
  ASSERT_TRUE(world.join(also_here, here));
  // It refuses them as they refuse it; nobody has to be told.
  auto& elsewhere = world.start("elsewhere", {}, of("dc2"));
  (void)world.join(elsewhere, here);
  world.run_for(30s);
  EXPECT_EQ(here.pool->serf().members().size(), 2U);
  EXPECT_EQ(also_here.pool->serf().members().size(), 2U);
  ASSERT_FALSE(here.warnings.empty());
  EXPECT_EQ(here.warnings[0], "Member 'elsewhere' part of wrong datacenter 'dc2'");
}

// News of members whose tags are alike shrinks, so more of it is put into a packet; where the tags
// of each are its own, what was put in too much goes as two.
TEST(gossip_pool, fills_its_packets_and_never_beyond_their_budget) {
  const auto datagrams = [](bool alike) {
    pool_world world(7);
    gossip::swim::prng random(3);
    for (int i = 0; i < 100; ++i) {
      std::string value(150, 't');
      for (auto& each : value)
        each = alike ? each : static_cast<char>('!' + random() % 90);
      world.start("m" + std::to_string(i), {}, [&](auto& settings) {
        settings.serf.tags = {{"value", value}};
      });
    }
    for (std::size_t i = 1; i < world.nodes().size(); ++i)
      EXPECT_TRUE(world.join(*world.nodes()[i], *world.nodes()[0]));
    world.run_for(20s);
    const auto budget = world.nodes()[0]->pool->settings().frames.packet_bytes_max;
    constexpr std::size_t checksum_bytes = 7;
    EXPECT_LE(world.largest_datagram(), budget + checksum_bytes);
    for (const auto& each : world.nodes()) {
      EXPECT_EQ(each->pool->serf().members().size(), 100U);
      EXPECT_EQ(each->pool->counters().dropped_messages, 0U);
    }
    return world.datagrams();
  };
  EXPECT_LT(datagrams(true), datagrams(false));
}

TEST(gossip_pool, keeps_a_member_that_only_streams_reach) {
  pool_world world(8);
  grow(world, 3);
  world.set_loss(1.0);  // no packet arrives; streams do
  world.run_for(20s);
  for (const auto& each : world.nodes())
    EXPECT_TRUE(world.all_see(each->name, member_status::alive)) << each->name;
}

TEST(gossip_pool, answers_many_that_join_at_once_together_with_all_of_them) {
  for (const auto& keys : {std::vector<std::string>{}, std::vector<std::string>{key_one}}) {
    pool_world world(10);
    auto& seed = world.start("seed", keys);
    std::map<std::string, gossip::exchange_number> asked;
    constexpr std::size_t joiners = 60;
    for (std::size_t i = 0; i < joiners; ++i) {
      auto& joiner = world.start("j" + std::to_string(i), keys);
      asked[joiner.name] = *joiner.pool->join(seed.where, false, world.now());
      world.carry_out(joiner);
    }
    const auto see_all = [&] {
      return std::ranges::count_if(world.nodes(), [](const auto& each) {
        return each->pool->serf().members().size() == joiners + 1;
      });
    };
    EXPECT_TRUE(world.run_until([&] { return see_all() >= 44; }, 252ms));
    for (const auto& [name, number] : asked) {
      const auto joiner =
          std::ranges::find(world.nodes(), name, [](const auto& each) { return each->name; });
      EXPECT_EQ((*joiner)->joins[number.value], "") << name;
    }
    EXPECT_TRUE(world.run_until([&] { return see_all() == joiners + 1; }, 10s));
  }
}

TEST(gossip_pool, survives_bytes_of_any_kind) {
  pool_world world(9);
  grow(world, 2);
  auto& target = *world.nodes()[0];
  gossip::swim::prng random(4711);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 60, '\0');
    for (auto& byte : bytes)
      byte = static_cast<char>(random());
    if (!bytes.empty() && i % 2 == 0)
      bytes[0] = static_cast<char>(random() % 14);
    target.pool->on_datagram(bytes, world.nodes()[1]->where, world.now());
    target.pool->handle_waiting(world.now());
    auto reader = target.reader(gossip::wire::stream_side::dialler);
    if (reader.feed(bytes) != gossip::wire::stream_reader::progress::more)
      (void)target.pool->on_request(reader, world.now());
    gossip::pool_output output;
    target.pool->take_output(output, world.now());
    // No amplification: at most an answer and what rides along.
    EXPECT_LE(output.datagrams.size(), 4U);
  }
  EXPECT_EQ(target.pool->serf().members().size(), 2U);
}

}  // namespace troupe::tests
