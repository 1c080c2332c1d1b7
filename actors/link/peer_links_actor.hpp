// The actor `peer_links`: which links there are. Makes one for each server it is told of (a link
// without work costs no connection), ends it when the server is gone, accepts the connections of
// other nodes and lets go of those that fall silent. On the io_thread of its links. Decides nothing
// about requests.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

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

class peer_links : public io_actor<peer_links_actor>, private link_host {
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
  // A connection that another node made.
  struct inbound {
    basp_connection connection;
    m::LinkGreeting peer;
    std::string address;
    time_point since;
    doors theirs;  // router: null until it said hello
  };
  struct grave {
    basp_connection connection;
    time_point since;
  };

  void on_known_servers(const m::KnownServers& known);
  void update_links();
  void end_link(const linked& one);
  void end(const caf::error& why);
  linked make_link(const m::KnownServer& server);
  void make_porters();
  m::LinkStatuses statuses() const;

  m::LinkVerdict judge(const m::LinkGreeting& greeting, const std::string& address);
  void on_connected(connected&& made);
  void on_hello(const m::LinkHello& greeting, const doors& theirs);

  std::optional<peer_session> session_from(const std::string& node_id) override;
  bool is_being_connected_by(const std::string& node_id) override;
  bool is_pinged_by(const caf::node_id& node) override;
  void bury(basp_connection ended) override;

  void drop(std::list<inbound>::iterator one);
  void sweep();
  void sweep_later();
  time_point now() const;

  peer_links_needs needs_;
  prng random_;
  std::shared_ptr<basp_bridge> bridge_;
  caf::actor door_;
  std::vector<caf::actor> porters_;
  std::unique_ptr<listener> listener_;
  std::map<std::string, m::KnownServers> known_;  // by source
  std::map<messages::server_id, linked> links_;
  std::list<inbound> inbound_;
  std::unordered_map<caf::node_id, time_point> last_ping_;
  std::vector<grave> graves_;
  std::uint64_t inbound_accepted_ = 0;
  std::uint64_t inbound_refused_ = 0;
  std::size_t children_ = 0;  // links, porters and doors that have not ended
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
