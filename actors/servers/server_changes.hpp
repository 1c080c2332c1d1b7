// What the leader has to change of the Raft configuration so that it agrees with the members. Pure.
#pragma once

#include <optional>
#include <string>

#include "actors/servers/server_list.hpp"

namespace troupe::actors::servers {

struct server_change {
  messages::RaftServer server;
  bool removes = false;
};

// One at a time; unset: nothing. Those that left go first, so that they do not count for a majority
// that the next ones need. A server that failed stays: whether it is ever removed is autopilot's to
// say. Never removes `self`.
std::optional<server_change> next_change(const messages::RaftConfiguration& now,
                                         const server_list& members, const std::string& self);

}  // namespace troupe::actors::servers
