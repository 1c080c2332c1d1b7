// What this node says of itself: /v1/agent/self and /v1/agent/members. It asks Raft, the registry
// and the gossip pools for what they know and never changes anything.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors {

struct agent_self_needs {
  m::AgentSelf facts;         // all of it but what the others know: counters, members, coordinate
  raft_peer_actor raft_peer;  // none on a client agent
  local_registry_actor registry;
  gossip_member_actor lan = {};  // none: this node is the only member
  gossip_member_actor wan = {};  // none: no server
};

agent_self_actor spawn_agent_self(caf::actor_system& system, agent_self_needs needs);

}  // namespace troupe::actors
