// Shows autopilot_core the servers and carries out what it finds, while this server leads; answers
// operators' questions about the Raft servers and carries out what they ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors::autopilot {

struct autopilot_needs {
  std::string self;  // this server's id
  raft_servers_actor raft_peer;
  catalog_actor catalog;  // for the configuration
  gossip_member_actor pool;
  std::function<std::optional<raft_peer_actor>(const std::string& id)> find_server;
  std::function<std::int64_t()> unix_now_ns;
  m::AutopilotConfiguration first;  // what the first leader writes down
  std::chrono::nanoseconds interval = std::chrono::seconds(2);
};

autopilot_actor spawn_autopilot(caf::actor_system& system, autopilot_needs needs);

}  // namespace troupe::actors::autopilot
