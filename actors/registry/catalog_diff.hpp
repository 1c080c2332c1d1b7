// What has to be told the catalog so that it shows this node as the node sees itself. Pure.
//
// This node is the authority for its own services and checks: what the catalog has and the node
// does not know is deregistered, what differs is overwritten. Not touched are the check serfHealth
// and the service consul, which the leader keeps, and tags of services with enable_tag_override,
// which are taken over from the catalog.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/registry/local_state.hpp"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"

namespace troupe::actors {

struct sync_mark {
  enum class item : std::uint8_t { node, service, check, removed_service, removed_check };
  item what = item::node;
  std::string id;
  std::uint64_t version = 0;
};

// One command and what is in sync once it is applied.
struct sync_step {
  messages::Command command;
  std::string token;
  std::vector<sync_mark> marks;
};

// Sets every flag of the state by what the catalog has. `node` is this node as it sees itself.
void compare_with_catalog(local_state& state, const messages::Node& node,
                          const messages::NodeServices& services,
                          const messages::HealthChecks& checks);

// A command for everything that is not in sync: a service together with its checks. They may be
// proposed side by side, in this order.
std::vector<sync_step> pending_steps(const local_state& state, const messages::Node& node);

void mark_done(local_state& state, const sync_step& step);

}  // namespace troupe::actors
