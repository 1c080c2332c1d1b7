// All that a node is made of, in the order in which it comes to life. For the sources of node only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "actors/link/link_directory.hpp"
#include "actors/link/peer_links_actor.hpp"
#include "actors/raft/raft_group.hpp"
#include "actors/router/router_actor.hpp"
#include "actors/runtime/io_thread.hpp"
#include "actors/runtime/leadership.hpp"
#include "deploy/agent/development_directory.hpp"
#include "deploy/agent/dns_front.hpp"
#include "deploy/agent/gossip_pools.hpp"
#include "deploy/agent/http_front.hpp"
#include "deploy/agent/node.hpp"
#include "deploy/agent/prober_factory.hpp"
#include "storage/data_directory.hpp"

namespace troupe::agent {

// What reads the state for the requests of one thread.
struct reader_pair {
  actors::kv_shard_actor kv_shard;
  actors::catalog_actor catalog;
};

struct node::parts {
  agent_config config;
  std::string id;
  std::unique_ptr<development_directory> temporary;
  std::optional<storage::data_directory> directory;
  actors::raft::raft_storage storage;
  actors::leadership leads;
  std::shared_ptr<actors::link::link_directory> servers =
      std::make_shared<actors::link::link_directory>();
  caf::actor_system_config settings;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::unique_ptr<actors::io_thread>> threads;
  std::unique_ptr<prober_factory> probers;
  std::unique_ptr<http_front> http;
  std::unique_ptr<dns_front> dns;

  std::unique_ptr<gossip_pools> gossip;
  actors::raft::raft_group raft;  // empty on a client agent, as are sessions and coordinates
  actors::session_keeper_actor sessions;
  actors::coordinate_batcher_actor coordinates;
  actors::link::peer_links_actor links;
  actors::server_keeper_actor server_keeper;
  actors::autopilot_actor autopilot;
  actors::pool_operator_actor pools;
  actors::event_actor events;
  actors::coordinate_sender_actor coordinate_sender;
  std::vector<reader_pair> readers;  // of each thread
  std::vector<actors::router_actor> routers;
  actors::request_cache_actor cache;
  actors::local_registry_actor registry;
  actors::agent_self_actor self;
  actors::leader_duties_actor duties;
  actors::node_actor keeper;

  ~parts() { stop(); }

  messages::result<void> open_data();
  messages::result<void> open_state();
  messages::result<void> start_gossip();
  messages::result<void> start_servers_actors();
  void start_readers();
  void start_autopilot();
  void start_routers();
  actors::router::other_servers other_servers() const;
  messages::result<void> start_links();
  void start_cache();
  messages::result<void> start_registry();
  void start_duties();
  void start_leader_duties();
  messages::result<void> register_configured();
  messages::result<void> start_http(std::function<void()> on_leave);
  void hand_over();
  void wait_until_removed();
  std::optional<messages::RaftStatus> raft_status(const actors::raft_peer_actor& of) const;
  void stop();
};

}  // namespace troupe::agent
