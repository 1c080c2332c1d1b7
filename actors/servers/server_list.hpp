// The servers of one datacenter as its gossip pool shows them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "messages/agent.pb.h"
#include "messages/gossip.pb.h"
#include "messages/link.pb.h"
#include "messages/raft.pb.h"

namespace troupe::actors::servers {

// A member that is a server, read off its tags.
struct server_member {
  std::string id;  // the node's UUID
  std::string node;
  std::string address;  // IP
  std::uint16_t port = 0;
  int expect = 0;          // -bootstrap-expect; 0: it waits to be added
  bool bootstrap = false;  // it elects itself alone
  bool non_voter = false;
  bool is_alive = false;  // else it failed, and may come back

  messages::RaftServer as_raft_server() const;
};

// Unset: no server of this datacenter, or tags that make no sense.
std::optional<server_member> read_server(const messages::Member& member,
                                         const std::string& datacenter);

class server_list {
 public:
  explicit server_list(std::string datacenter) : datacenter_(std::move(datacenter)) {}

  // True: something changed.
  bool take(const messages::MemberEvent& event);
  const std::map<std::string, server_member>& by_id() const { return servers_; }
  // Those whose members left or were forgotten, until they are servers again or forget() is called.
  const std::map<std::string, server_member>& gone() const { return gone_; }
  void forget(const std::string& id) { gone_.erase(id); }
  // For the links.
  messages::KnownServers known(const std::string& source) const;

 private:
  std::string datacenter_;
  std::map<std::string, server_member> servers_;
  std::map<std::string, server_member> gone_;
};

}  // namespace troupe::actors::servers
