// The actor `peer_links`: which links there are. Makes one for each server it is told of (a link
// without work costs no connection), ends it when the server is gone, and accepts the connections
// of other nodes, which the porters of all io_threads serve in turn. On the io_thread of its links.
// Decides nothing about requests.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/link/link_porter_actor.hpp"
#include "actors/link/peer_link_actor.hpp"

namespace troupe::actors::link {

// Told which servers there are by whoever knows (gossip, the configuration).
using peer_links_actor =
    caf::typed_actor<caf::reacts_to<m::KnownServers>,
                     caf::replies_to<m::LinkStatusQuery>::with<m::LinkStatuses>>;

// A router and the thread it lives on.
struct served_router {
  io_thread* home = nullptr;
  router_actor router;
};

struct peer_links_needs {
  link_options options;
  m::LinkGreeting own;    // `process` and `protocol` are filled in
  socket_address listen;  // port 0 with an address: any; no address: this node does not listen
  std::string dial_from;  // an IP address; empty: any
  std::shared_ptr<link_directory> directory;
  std::vector<served_router> routers;  // of this node, for requests of others; may be none
  raft_peer_actor raft_peer;           // null: not a server
  std::uint64_t random_seed = 0;
};

class peer_links : public io_actor<peer_links_actor> {
 public:
  peer_links(caf::actor_config& config, io_thread& home, peer_links_needs needs);

  behavior_type make_behavior() override;
  const char* name() const override { return "peer_links"; }
  void on_exit() override;

  // Before the thread starts, or on it. The port; nothing if this node does not listen.
  messages::result<std::optional<std::uint16_t>> open();

 private:
  struct linked {
    caf::actor link;
    peer_link* direct = nullptr;  // of `link`
    raft_peer_actor raft_front;
    m::KnownServer server;
  };
  struct porter {
    caf::actor actor;
    link_porter* direct = nullptr;  // of `actor`
  };
  // A connection that another node made.
  struct inbound {
    std::string address;
    std::string process;
    link_porter* by = nullptr;
  };

  void on_known_servers(const m::KnownServers& known);
  void update_links();
  void end_link(const linked& one);
  void end(const caf::error& why);
  linked make_link(const m::KnownServer& server);
  void make_porters();
  m::LinkStatuses statuses() const;

  m::LinkVerdict judge(const m::LinkGreeting& greeting, const std::string& address) const;
  void on_connected(connected&& made);

  peer_links_needs needs_;
  prng random_;
  std::vector<porter> porters_;
  std::unique_ptr<listener> listener_;
  std::map<std::string, m::KnownServers> known_;  // by source
  std::map<messages::server_id, linked> links_;
  std::map<inbound_number, inbound> inbound_;
  inbound_number last_inbound_{};
  std::uint64_t inbound_accepted_ = 0;
  std::uint64_t inbound_refused_ = 0;
  std::size_t children_ = 0;  // links and porters that have not ended
  caf::error end_reason_;
  bool closed_ = false;
};

struct node_links {
  peer_links_actor actor;
  std::optional<std::uint16_t> port;  // where it listens
};

// Fails with errc::io where the port is taken. The thread runs; waits for it.
messages::result<node_links> spawn_peer_links(caf::actor_system& system, io_thread& home,
                                              peer_links_needs needs);

}  // namespace troupe::actors::link
