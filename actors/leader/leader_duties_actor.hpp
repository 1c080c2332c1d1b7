// What only the leader of a datacenter does: the members of the cluster into the catalog, the first
// certificate authority, the end of old tombstones. It acts within the message that says it leads
// and stops with the one that says it does not. It holds no replicated state: every duty reads what
// is there and proposes what differs, so that doing it twice does nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

struct leader_duties_settings {
  m::Node self;                 // this server as the catalog is to show it
  bool connect_enabled = true;  // else there is no certificate authority
  std::string ca_cluster_id;    // connect.ca_config.cluster_id; empty: a random one
  std::chrono::nanoseconds reconcile_interval = std::chrono::seconds{60};
  std::chrono::nanoseconds tombstone_interval = m::limits::tombstone_granularity;
  // A duty that failed is tried again after this, twice as much each time up to the maximum.
  std::chrono::nanoseconds retry_min = std::chrono::milliseconds{50};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{10};
};

struct leader_duties_needs {
  raft_peer_actor raft_peer;  // subscribed to for the leadership, asked for the applied index
  router_actor router;
  agent_self_actor agent_self;  // knows the members
  std::function<std::int64_t()> unix_now_s;
  gossip_member_actor pool = {};  // tells at once who comes and goes; none: the interval finds it
};

leader_duties_actor spawn_leader_duties(caf::actor_system& system, leader_duties_settings settings,
                                        leader_duties_needs needs);

}  // namespace troupe::actors
