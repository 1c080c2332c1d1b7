// Which other servers there are and how to send to them: written by peer_links, read by whoever
// sends (routers, the raft_peer), on any thread and without a message. A handle is good for as long
// as the server is known; what is sent to one that cannot be reached fails at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/runtime/latest.hpp"
#include "messages/ids.hpp"
#include "messages/link.pb.h"

namespace troupe::actors::link {

// Handles of the other server's actors: what is sent to one of them is sent there.
struct server_link {
  m::KnownServer server;
  router_actor router;
  raft_peer_actor raft_peer;
};

using server_links = std::map<messages::server_id, server_link>;

class link_directory {
 public:
  // Never null.
  std::shared_ptr<const server_links> all() const { return links_.load(); }
  std::optional<server_link> find(const messages::server_id& id) const;

  void replace(server_links links);

 private:
  latest<server_links> links_{std::make_shared<const server_links>()};
};

// What a raft_peer needs to speak to the other servers: drops what is for a server not known.
std::function<void(m::RaftMessage&&)> raft_sender(std::shared_ptr<const link_directory> directory);

}  // namespace troupe::actors::link
