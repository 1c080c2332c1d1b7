// Tells the catalog, now and then, where this node is in its pool. It sends nothing before the pool
// has a coordinate, and never tries a second time: the next one is newer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors::coordinates {

struct coordinate_sender_needs {
  std::string node;  // this one's name
  gossip_member_actor lan;
  router_actor router;
  std::function<std::size_t()> pool_members;  // how many: the more, the more seldom
  std::uint64_t random_seed = 0;
};

coordinate_sender_actor spawn_coordinate_sender(caf::actor_system& system,
                                                coordinate_sender_needs needs);

}  // namespace troupe::actors::coordinates
