// What a member of the cluster means to the catalog. Pure.
//
// Alive: its node is there with the check serfHealth passing, a server's with the service consul.
// Failed: serfHealth is critical. Left, or forgotten by the pool: nothing of it is there. Nodes
// that never were members (external ones) and members that are no agents are never touched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"

namespace troupe::actors {

// What the catalog has of the member's node.
struct member_rows {
  messages::NodeServices services;
  messages::HealthChecks checks;
};

// The command that brings the catalog in line; none if it is. `self` is this server as it sees
// itself: of the other nodes address tags and meta are their own to keep.
std::optional<messages::Command> reconcile_member(const messages::Member& member,
                                                  const member_rows& rows,
                                                  const messages::Node& self);

// Nodes that were members, for they have the check serfHealth, and are none any more. `checks`: all
// of the catalog.
std::vector<std::string> forgotten_members(const std::vector<messages::Member>& members,
                                           const messages::HealthChecks& checks);
// A member of that name that has left.
messages::Member left_member(const std::string& name);

}  // namespace troupe::actors
