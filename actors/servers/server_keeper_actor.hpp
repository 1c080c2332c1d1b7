// Carries out what server_list, first_servers and server_changes decide: tells the links of the
// servers, begins a fresh datacenter, and changes the Raft configuration while this server leads.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "messages/link.pb.h"

namespace troupe::actors::servers {

struct server_keeper_needs {
  std::string self;  // this node's id
  std::string datacenter;
  gossip_member_actor pool;
  std::function<void(const m::KnownServers&)> tell_links;
  // -- of a server; null and unset on a client agent
  raft_servers_actor raft_peer = {};
  std::function<std::optional<raft_peer_actor>(const std::string& id)> find_server = {};
};

server_keeper_actor spawn_server_keeper(caf::actor_system& system, server_keeper_needs needs);

}  // namespace troupe::actors::servers
