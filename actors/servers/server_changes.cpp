#include "actors/servers/server_changes.hpp"

namespace troupe::actors::servers {

using messages::RaftConfiguration;
using messages::RaftServer;

namespace {

const RaftServer* find(const RaftConfiguration& all, const std::string& id) {
  for (const auto& server : all.servers()) {
    if (server.id() == id)
      return &server;
  }
  return nullptr;
}

// A server that was wiped comes back at its address with another id, and its old one never will.
bool is_replaced(const RaftServer& server, const server_list& members) {
  for (const auto& [id, member] : members.by_id()) {
    if (member.is_alive && id != server.id() &&
        member.as_raft_server().address() == server.address())
      return true;
  }
  return false;
}

bool must_be_written(const RaftServer* there, const RaftServer& wanted) {
  if (!there)
    return true;
  // A voter that is to be a mere replica is not demoted: it was started anew with another option,
  // and a majority may rest on it.
  return there->address() != wanted.address() || (there->non_voter() && !wanted.non_voter());
}

}  // namespace

std::optional<server_change> next_change(const RaftConfiguration& now, const server_list& members,
                                         const std::string& self) {
  for (const auto& server : now.servers()) {
    const bool is_gone = members.gone().contains(server.id()) || is_replaced(server, members);
    const auto member = members.by_id().find(server.id());
    const bool is_here = member != members.by_id().end() && member->second.is_alive;
    if (server.id() != self && is_gone && !is_here)
      return server_change{server, true};
  }
  for (const auto& [id, member] : members.by_id()) {
    const auto wanted = member.as_raft_server();
    if (member.is_alive && must_be_written(find(now, id), wanted))
      return server_change{wanted, false};
  }
  return std::nullopt;
}

}  // namespace troupe::actors::servers
