#include "actors/autopilot/autopilot_core.hpp"

#include <algorithm>

namespace troupe::actors::autopilot {

using messages::AutopilotConfiguration;
using messages::AutopilotServer;
using messages::AutopilotState;

namespace {

const char* to_text(pool_status status) {
  switch (status) {
    case pool_status::alive:
      return "alive";
    case pool_status::left:
      return "left";
    case pool_status::failed:
      return "failed";
    case pool_status::none:
      break;
  }
  return "none";
}

bool is_dead(const server_facts& one) {
  return one.in_pool != pool_status::alive;
}

// In step with the leader, and heard of by it lately.
bool is_healthy(const AutopilotConfiguration& rules, const server_facts& one,
                const messages::RaftStatus& leader) {
  if (one.in_pool != pool_status::alive || !one.raft)
    return false;
  if (one.server.id() == leader.leader_id())
    return true;
  const auto threshold_ms =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, rules.last_contact_threshold())) /
      1'000'000;
  return one.raft->last_contact_ms() <= threshold_ms &&
         one.raft->last_log_term() == leader.last_log_term() &&
         one.raft->last_log_index() + rules.max_trailing_logs() >= leader.last_log_index();
}

AutopilotServer describe(const server_facts& one, const messages::RaftStatus& leader) {
  AutopilotServer shown;
  shown.set_id(one.server.id());
  shown.set_name(one.server.node());
  shown.set_address(one.server.address());
  shown.set_node_status(to_text(one.in_pool));
  shown.set_version(one.version);
  shown.set_read_replica(one.server.non_voter());
  shown.mutable_meta()->insert(one.meta.begin(), one.meta.end());
  const bool leads = one.server.id() == leader.leader_id();
  shown.set_status(leads ? "leader" : one.server.non_voter() ? "non-voter" : "voter");
  shown.set_node_type(one.server.non_voter() ? "read-replica" : "voter");
  if (one.raft) {
    const auto contact_ms = leads ? 0 : one.raft->last_contact_ms();
    shown.set_last_contact(static_cast<std::int64_t>(contact_ms) * 1'000'000);
    shown.set_last_term(one.raft->last_log_term());
    shown.set_last_index(one.raft->last_log_index());
  }
  return shown;
}

}  // namespace

AutopilotState autopilot_core::judge(const AutopilotConfiguration& rules,
                                     const judged_facts& facts, std::int64_t unix_now_ns) {
  AutopilotState state;
  state.set_healthy(true);
  int voters = 0;
  int healthy_voters = 0;
  for (const auto& one : facts.servers) {
    const auto& id = one.server.id();
    const bool healthy = is_healthy(rules, one, facts.leader);
    const auto before = was_healthy_.find(id);
    if (before == was_healthy_.end() || before->second != healthy)
      stable_since_[id] = unix_now_ns;
    was_healthy_[id] = healthy;
    voters += one.server.non_voter() ? 0 : 1;
    healthy_voters += !one.server.non_voter() && healthy ? 1 : 0;
    auto& shown = *state.add_servers();
    shown = describe(one, facts.leader);
    shown.set_healthy(healthy);
    shown.set_stable_since(stable_since_[id]);
    state.set_healthy(state.healthy() && healthy);
  }
  state.set_failure_tolerance(std::max(0, healthy_voters - (voters / 2 + 1)));
  return state;
}

dead_servers autopilot_core::cleanup(const AutopilotConfiguration& rules,
                                     const judged_facts& facts, time_point now) {
  dead_servers gone;
  if (!rules.cleanup_dead_servers())
    return gone;
  const auto voters = std::count_if(facts.servers.begin(), facts.servers.end(),
                                    [](const auto& one) { return !one.server.non_voter(); });
  const auto least = static_cast<std::ptrdiff_t>(rules.min_quorum());
  auto may_go = std::min<std::ptrdiff_t>((voters - 1) / 2, voters - least);
  const std::chrono::nanoseconds patience{rules.server_stabilization_time()};
  for (const auto& one : facts.servers) {
    const auto& id = one.server.id();
    if (!is_dead(one) || id == facts.leader.leader_id()) {
      dead_since_.erase(id);
      continue;
    }
    const auto [since, is_new] = dead_since_.try_emplace(id, now);
    if (now - since->second < patience)
      continue;
    if (!one.server.non_voter() && may_go-- <= 0)
      continue;
    if (one.in_pool == pool_status::failed)
      gone.failed_nodes.push_back(one.server.node());
    else
      gone.unknown_ids.push_back(id);
  }
  return gone;
}

void autopilot_core::forget() {
  stable_since_.clear();
  was_healthy_.clear();
  dead_since_.clear();
}

}  // namespace troupe::actors::autopilot
