#include "actors/autopilot/autopilot_core.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <tuple>

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

std::int64_t last_contact_ns(const messages::RaftStatus& raft) {
  constexpr std::uint64_t ns_per_ms = 1'000'000;
  constexpr auto ms_max = std::numeric_limits<std::int64_t>::max() / ns_per_ms;
  return static_cast<std::int64_t>(std::min(raft.last_contact_ms(), ms_max) * ns_per_ms);
}

// In step with the leader, and heard of by it lately.
bool is_healthy(const AutopilotConfiguration& rules, const server_facts& one,
                const messages::RaftStatus& leader) {
  if (one.in_pool != pool_status::alive || !one.raft)
    return false;
  if (one.server.id() == leader.leader_id())
    return true;
  if (last_contact_ns(*one.raft) > rules.last_contact_threshold() ||
      one.raft->last_log_term() != leader.last_log_term())
    return false;
  // The difference, not a sum: that could pass the largest number.
  return leader.last_log_index() <= one.raft->last_log_index() ||
         leader.last_log_index() - one.raft->last_log_index() <= rules.max_trailing_logs();
}

bool knows_its_leader(const judged_facts& facts) {
  const auto& leader = facts.leader.leader_id();
  return std::any_of(facts.servers.begin(), facts.servers.end(),
                     [&](const auto& one) { return one.server.id() == leader; });
}

template <class Value>
void keep_only(const std::vector<server_facts>& servers, std::map<std::string, Value>& by_id) {
  std::erase_if(by_id, [&](const auto& entry) {
    return std::none_of(servers.begin(), servers.end(),
                        [&](const auto& one) { return one.server.id() == entry.first; });
  });
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
    shown.set_last_contact(leads ? 0 : last_contact_ns(*one.raft));
    shown.set_last_term(one.raft->last_log_term());
    shown.set_last_index(one.raft->last_log_index());
  }
  return shown;
}

}  // namespace

AutopilotState autopilot_core::judge(const AutopilotConfiguration& rules, const judged_facts& facts,
                                     std::int64_t unix_now_ns) {
  keep_only(facts.servers, health_);
  const bool is_led = knows_its_leader(facts);
  AutopilotState state;
  state.set_healthy(is_led);
  int voters = 0;
  int healthy_voters = 0;
  for (const auto& one : facts.servers) {
    const bool healthy = is_led && is_healthy(rules, one, facts.leader);
    const auto [known, is_new] = health_.try_emplace(one.server.id(), health{healthy, unix_now_ns});
    if (!is_new && known->second.is_healthy != healthy)
      known->second = {healthy, unix_now_ns};
    voters += one.server.non_voter() ? 0 : 1;
    healthy_voters += !one.server.non_voter() && healthy ? 1 : 0;
    auto& shown = *state.add_servers();
    shown = describe(one, facts.leader);
    shown.set_healthy(healthy);
    shown.set_stable_since(known->second.since);
    state.set_healthy(state.healthy() && healthy);
  }
  state.set_failure_tolerance(std::max(0, healthy_voters - (voters / 2 + 1)));
  return state;
}

// Whether or not the dead may go now: the rules can change at any time.
void autopilot_core::note_the_dead(const judged_facts& facts, time_point now) {
  keep_only(facts.servers, dead_since_);
  for (const auto& one : facts.servers) {
    const auto& id = one.server.id();
    if (one.in_pool == pool_status::alive || id == facts.leader.leader_id())
      dead_since_.erase(id);
    else
      dead_since_.try_emplace(id, now);
  }
}

dead_servers autopilot_core::cleanup(const AutopilotConfiguration& rules, const judged_facts& facts,
                                     time_point now) {
  note_the_dead(facts, now);
  if (!rules.cleanup_dead_servers() || !knows_its_leader(facts))
    return {};
  const std::chrono::nanoseconds patience{rules.server_stabilization_time()};
  std::vector<const server_facts*> dead;
  std::ptrdiff_t voters = 0;
  for (const auto& one : facts.servers) {
    voters += one.server.non_voter() ? 0 : 1;
    const auto since = dead_since_.find(one.server.id());
    if (since != dead_since_.end() && now - since->second >= patience)
      dead.push_back(&one);
  }
  const auto rank = [this](const server_facts* one) {
    return std::make_tuple(!one->server.non_voter(), dead_since_.at(one->server.id()),
                           one->server.id());
  };
  std::sort(dead.begin(), dead.end(),
            [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  auto may_go = std::min<std::ptrdiff_t>((voters - 1) / 2,
                                         voters - static_cast<std::ptrdiff_t>(rules.min_quorum()));
  dead_servers gone;
  for (const auto* one : dead) {
    if (!one->server.non_voter() && may_go-- <= 0)
      break;
    if (one->in_pool == pool_status::failed)
      gone.failed_nodes.push_back(one->server.node());
    else
      gone.unknown_ids.push_back(one->server.id());
  }
  return gone;
}

void autopilot_core::forget() {
  health_.clear();
  dead_since_.clear();
}

}  // namespace troupe::actors::autopilot
