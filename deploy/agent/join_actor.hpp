// Joins a pool at the addresses it is given, again and again until one answers.
#pragma once

#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

struct join_order {
  actors::gossip_member_actor pool;
  std::string pool_name;  // "LAN", for the log
  join_options options;   // with an address
  std::function<void(std::string)> gave_up;
};

// Ends by itself once it has joined, or has given up.
caf::actor spawn_joining(caf::actor_system& system, join_order order);

}  // namespace troupe::agent
