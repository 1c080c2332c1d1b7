// What this node says of itself: /v1/agent/self, members, metrics and host. It asks Raft, the
// registry and the gossip pools for what they know, and cuts the metrics' time into intervals; it
// never changes anything else.
#pragma once

#include <functional>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/metrics.hpp"
#include "actors/runtime/outside.hpp"
#include "actors/self/metrics_report.hpp"

namespace troupe::actors {

struct agent_self_needs {
  m::AgentSelf facts;         // all of it but what the others know: counters, members, coordinate
  raft_peer_actor raft_peer;  // none on a client agent
  local_registry_actor registry;
  gossip_member_actor lan = {};  // none: this node is the only member
  gossip_member_actor wan = {};  // none: no server
  metrics_naming naming = {};
  bool prometheus = false;  // its format may be asked for
  metrics_registry* metrics = &process_metrics();
  std::function<std::int64_t()> unix_now_ns = actors::unix_now_ns;
};

agent_self_actor spawn_agent_self(caf::actor_system& system, agent_self_needs needs);

}  // namespace troupe::actors
