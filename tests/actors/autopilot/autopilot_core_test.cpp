#include "actors/autopilot/autopilot_core.hpp"

#include <algorithm>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace troupe::actors::autopilot {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

// A server is its letter: its id; its node is called "node-" and the letter.
server_facts voter(const std::string& id) {
  server_facts one;
  one.server.set_id(id);
  one.server.set_node("node-" + id);
  one.server.set_address("10.0.0." + id + ":8300");
  one.in_pool = pool_status::alive;
  one.version = "1.22.7";
  one.raft.emplace();
  one.raft->set_last_contact_ms(10);
  one.raft->set_last_log_term(3);
  one.raft->set_last_log_index(1000);
  return one;
}

messages::AutopilotConfiguration first_rules() {
  messages::AutopilotConfiguration rules;
  rules.set_cleanup_dead_servers(true);
  rules.set_last_contact_threshold(200'000'000);
  rules.set_max_trailing_logs(250);
  rules.set_server_stabilization_time(10'000'000'000);
  return rules;
}

class autopilot : public testing::Test {
 protected:
  autopilot() {
    facts_.servers = {voter("a"), voter("b"), voter("c")};
    facts_.leader.set_leader_id("a");
    facts_.leader.set_last_log_term(3);
    facts_.leader.set_last_log_index(1000);
  }

  server_facts& at(std::size_t n) { return facts_.servers.at(n); }
  messages::RaftStatus& raft_at(std::size_t n) { return *at(n).raft; }
  void add(const std::string& id, bool non_voter) {
    facts_.servers.push_back(voter(id));
    facts_.servers.back().server.set_non_voter(non_voter);
  }

  messages::AutopilotState judge(std::int64_t unix_now_ns = 0) {
    return core_.judge(rules_, facts_, unix_now_ns);
  }
  bool second_is_healthy() { return judge().servers(1).healthy(); }

  dead_servers cleanup(std::chrono::nanoseconds after_start) {
    return core_.cleanup(rules_, facts_, start_ + after_start);
  }
  // Of those that are dead now, whom nobody has missed before.
  dead_servers cleanup_at_last() {
    core_.forget();
    (void)cleanup(0s);
    return cleanup(10s);
  }

  const autopilot_core::time_point start_{1h};
  messages::AutopilotConfiguration rules_ = first_rules();
  judged_facts facts_;
  autopilot_core core_;
};

// -- health --------------------------------------------------------------------------

TEST_F(autopilot, three_healthy_servers_tolerate_one_failure) {
  const auto state = judge();
  EXPECT_TRUE(state.healthy());
  EXPECT_EQ(state.failure_tolerance(), 1);
  EXPECT_EQ(state.servers(0).status(), "leader");
  EXPECT_EQ(state.servers(1).status(), "voter");
  EXPECT_EQ(state.servers(0).last_contact(), 0);
  EXPECT_EQ(state.servers(1).last_contact(), 10'000'000);
}

TEST_F(autopilot, contact_older_than_the_threshold_is_unhealthy) {
  raft_at(1).set_last_contact_ms(200);
  EXPECT_TRUE(second_is_healthy());
  rules_.set_last_contact_threshold(200'000'000 - 1);
  EXPECT_FALSE(second_is_healthy());
  EXPECT_EQ(judge().failure_tolerance(), 0);
}

TEST_F(autopilot, contact_that_never_was_is_unhealthy) {
  raft_at(1).set_last_contact_ms(largest);
  EXPECT_FALSE(second_is_healthy());
  EXPECT_GT(judge().servers(1).last_contact(), 0);
}

TEST_F(autopilot, a_server_that_does_not_answer_or_is_not_alive_is_unhealthy) {
  at(1).raft.reset();
  EXPECT_FALSE(second_is_healthy());
  at(1) = voter("b");
  at(1).in_pool = pool_status::failed;
  EXPECT_FALSE(second_is_healthy());
  EXPECT_EQ(judge().servers(1).node_status(), "failed");
}

TEST_F(autopilot, a_server_too_far_behind_or_of_another_term_is_unhealthy) {
  raft_at(1).set_last_log_index(750);
  EXPECT_TRUE(second_is_healthy());
  raft_at(1).set_last_log_index(749);
  EXPECT_FALSE(second_is_healthy());
  raft_at(1).set_last_log_index(1001);
  EXPECT_TRUE(second_is_healthy());
  raft_at(1).set_last_log_term(2);
  EXPECT_FALSE(second_is_healthy());
}

TEST_F(autopilot, the_largest_allowed_distance_is_not_too_large_a_number) {
  rules_.set_max_trailing_logs(largest);
  raft_at(1).set_last_log_index(1);
  EXPECT_TRUE(second_is_healthy());
}

TEST_F(autopilot, health_is_stable_since_it_last_changed) {
  EXPECT_EQ(judge(100).servers(1).stable_since(), 100);
  EXPECT_EQ(judge(200).servers(1).stable_since(), 100);
  raft_at(1).set_last_log_term(2);
  EXPECT_EQ(judge(300).servers(1).stable_since(), 300);
  EXPECT_EQ(judge(400).servers(1).stable_since(), 300);
  EXPECT_EQ(judge(400).servers(2).stable_since(), 100);
  core_.forget();
  EXPECT_EQ(judge(500).servers(2).stable_since(), 500);
}

TEST_F(autopilot, a_server_that_was_out_of_the_configuration_begins_anew) {
  (void)judge(100);
  const auto third = at(2);
  facts_.servers.pop_back();
  (void)judge(200);
  facts_.servers.push_back(third);
  EXPECT_EQ(judge(300).servers(2).stable_since(), 300);
}

TEST_F(autopilot, a_replica_counts_for_health_and_not_for_majorities) {
  add("d", true);
  EXPECT_EQ(judge().failure_tolerance(), 1);
  EXPECT_EQ(judge().servers(3).status(), "non-voter");
  EXPECT_EQ(judge().servers(3).node_type(), "read-replica");
  raft_at(3).set_last_log_term(1);
  EXPECT_FALSE(judge().healthy());
  EXPECT_EQ(judge().failure_tolerance(), 1);
}

TEST_F(autopilot, nobody_is_healthy_where_the_leader_is_not_a_server) {
  facts_.leader.set_leader_id("elsewhere");
  at(2).in_pool = pool_status::failed;
  EXPECT_FALSE(judge().healthy());
  EXPECT_FALSE(judge().servers(0).healthy());
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
}

// -- the dead ------------------------------------------------------------------------

TEST_F(autopilot, a_dead_server_goes_after_the_stabilization_time) {
  (void)cleanup(0s);
  at(2).in_pool = pool_status::failed;
  EXPECT_TRUE(cleanup(1s).failed_nodes.empty());
  EXPECT_TRUE(cleanup(11s - 1ns).failed_nodes.empty());
  EXPECT_EQ(cleanup(11s).failed_nodes, names{"node-c"});
}

TEST_F(autopilot, one_that_came_back_has_its_time_anew) {
  at(2).in_pool = pool_status::failed;
  (void)cleanup(0s);
  at(2).in_pool = pool_status::alive;
  (void)cleanup(5s);
  at(2).in_pool = pool_status::failed;
  EXPECT_TRUE(cleanup(10s).failed_nodes.empty());
  EXPECT_EQ(cleanup(20s).failed_nodes, names{"node-c"});
}

TEST_F(autopilot, one_that_came_back_while_nothing_was_cleaned_up_has_its_time_anew) {
  at(2).in_pool = pool_status::failed;
  (void)cleanup(0s);
  rules_.set_cleanup_dead_servers(false);
  at(2).in_pool = pool_status::alive;
  (void)cleanup(5s);
  rules_.set_cleanup_dead_servers(true);
  at(2).in_pool = pool_status::failed;
  EXPECT_TRUE(cleanup(20s).failed_nodes.empty());
}

TEST_F(autopilot, one_that_was_out_of_the_configuration_has_its_time_anew) {
  at(2).in_pool = pool_status::failed;
  (void)cleanup(0s);
  const auto third = at(2);
  facts_.servers.pop_back();
  (void)cleanup(5s);
  facts_.servers.push_back(third);
  EXPECT_TRUE(cleanup(12s).failed_nodes.empty());
}

TEST_F(autopilot, one_that_the_pool_does_not_know_goes_by_its_id) {
  at(2).in_pool = pool_status::none;
  EXPECT_EQ(cleanup_at_last().unknown_ids, names{"c"});
  at(2).in_pool = pool_status::left;
  EXPECT_EQ(cleanup_at_last().unknown_ids, names{"c"});
}

TEST_F(autopilot, of_two_dead_voters_among_three_the_one_dead_longer_goes) {
  at(2).in_pool = pool_status::failed;
  (void)cleanup(0s);
  at(1).in_pool = pool_status::failed;
  (void)cleanup(1s);
  EXPECT_EQ(cleanup(1min).failed_nodes, names{"node-c"});
}

TEST_F(autopilot, the_only_other_server_of_two_stays) {
  facts_.servers.pop_back();
  at(1).in_pool = pool_status::failed;
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
}

TEST_F(autopilot, the_leader_stays_whatever_the_pool_says) {
  at(0).in_pool = pool_status::failed;
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
}

TEST_F(autopilot, nothing_goes_below_min_quorum_or_when_switched_off) {
  at(2).in_pool = pool_status::failed;
  rules_.set_min_quorum(3);
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
  rules_.set_min_quorum(std::numeric_limits<std::uint32_t>::max());
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
  rules_.set_min_quorum(2);
  EXPECT_EQ(cleanup_at_last().failed_nodes, names{"node-c"});
  rules_.set_cleanup_dead_servers(false);
  EXPECT_TRUE(cleanup_at_last().failed_nodes.empty());
}

TEST_F(autopilot, dead_replicas_go_first_whatever_their_number) {
  rules_.set_min_quorum(3);
  at(1).in_pool = pool_status::failed;
  for (const auto* id : {"z", "x", "y"}) {
    add(id, true);
    facts_.servers.back().in_pool = pool_status::failed;
  }
  EXPECT_EQ(cleanup_at_last().failed_nodes, (names{"node-x", "node-y", "node-z"}));
  rules_.set_min_quorum(0);
  EXPECT_EQ(cleanup_at_last().failed_nodes, (names{"node-x", "node-y", "node-z", "node-b"}));
}

// -- any servers ---------------------------------------------------------------------

bool goes(const dead_servers& gone, const server_facts& one) {
  return std::count(gone.failed_nodes.begin(), gone.failed_nodes.end(), one.server.node()) +
             std::count(gone.unknown_ids.begin(), gone.unknown_ids.end(), one.server.id()) >
         0;
}

TEST_F(autopilot, a_majority_of_the_voters_always_stays) {
  std::size_t removals = 0;
  for (unsigned seed = 0; seed < 5000; ++seed) {
    std::mt19937 random(seed);
    facts_.servers.clear();
    const auto count = 1 + random() % 9;
    for (unsigned n = 0; n < count; ++n) {
      add(std::string(1, static_cast<char>('a' + n)), n > 0 && random() % 3 == 0);
      facts_.servers.back().in_pool = static_cast<pool_status>(random() % 4);
    }
    rules_.set_min_quorum(static_cast<std::uint32_t>(random() % 6));
    const auto gone = cleanup_at_last();
    std::size_t voters = 0;
    std::size_t staying = 0;
    for (const auto& one : facts_.servers) {
      const bool is_alive = one.in_pool == pool_status::alive || one.server.id() == "a";
      ASSERT_FALSE(is_alive && goes(gone, one)) << seed;
      ASSERT_TRUE(is_alive || !one.server.non_voter() || goes(gone, one)) << seed;
      voters += one.server.non_voter() ? 0 : 1;
      staying += !one.server.non_voter() && !goes(gone, one) ? 1 : 0;
    }
    removals += voters - staying;
    ASSERT_GT(2 * staying, voters) << seed;
    ASSERT_TRUE(staying == voters || staying >= rules_.min_quorum()) << seed;
  }
  EXPECT_GT(removals, 1000U) << "the property says nothing if nobody goes";
}

}  // namespace
}  // namespace troupe::actors::autopilot
