// What is asked of the node as a whole: to leave, and to read its configuration again. It owns the
// configuration as it is in force; it never starts or ends another actor.
//
// A reload applies services, checks and the log's level. A configuration that is not valid, or a
// definition that the registry refuses, leaves all as it was; what needs a restart is named in one
// line of the log.
#pragma once

#include <functional>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

struct node_keeper_needs {
  agent_config config;  // as the agent was started
  actors::local_registry_actor registry;
  std::function<void()> on_leave;  // called on the actor's thread
};

// Detached: it reads files.
actors::node_actor spawn_node_keeper(caf::actor_system& system, node_keeper_needs needs);

}  // namespace troupe::agent
