// What an operator asks of this node's pools, where it concerns more than one of them or needs a
// look at the members first: joins, forced leaves, keyrings, the map of all datacenters, events
// from other nodes. It keeps nothing and decides nothing about members: the pools do.
#pragma once

#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors::pools {

struct pool_operator_needs {
  std::string datacenter;  // this node's
  gossip_member_actor lan;
  gossip_member_actor wan;  // none: this node is no server
};

pool_operator_actor spawn_pool_operator(caf::actor_system& system, pool_operator_needs needs);

}  // namespace troupe::actors::pools
