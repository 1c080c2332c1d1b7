// The user events that concern this agent. It fires them into the pool, and keeps the latest that
// came out of it and are meant for this agent, in memory alone. It never acts on one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors::events {

struct event_needs {
  std::string node;                     // this one's name, for the events' filters
  router_actor router;                  // takes events to a server of their datacenter
  local_registry_actor registry;        // knows the services that events are filtered by
  gossip_member_actor pool;             // none: no event ever comes
  std::function<std::string()> new_id;  // a UUID
  std::uint64_t random_seed = 0;        // for the jitter of waits
};

event_actor spawn_events(caf::actor_system& system, event_needs needs);

}  // namespace troupe::actors::events
