// Puts what nodes say of where they are into the log, many in an entry: a coordinate changes all
// the time, and one entry each would be most of the log. What cannot be written is dropped: every
// node says it again.
#pragma once

#include <chrono>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::coordinates {

struct coordinate_batcher_needs {
  raft_peer_actor raft_peer;
  std::chrono::nanoseconds interval = m::limits::coordinate_batch_interval;
};

coordinate_batcher_actor spawn_coordinate_batcher(caf::actor_system& system,
                                                  coordinate_batcher_needs needs);

}  // namespace troupe::actors::coordinates
