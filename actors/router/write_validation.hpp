// What a server refuses of a write before it goes into the log, with the texts of Consul 1.22.7,
// and the defaults it fills in. Whatever depends on the state is refused by the state machine
// instead.
//
// Pure. It knows of no transport and asks for no permission.
#pragma once

#include <string_view>

#include "messages/command.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::router {

// The rules for keys, of reads and writes alike. Fails with errc::failed.
messages::result<void> validate_key(std::string_view key);

// A UUID in its usual form. Fails with errc::failed.
messages::result<void> validate_node_id(std::string_view id);

// Clients send weights that were never set as zeros: they take the default.
void clear_unset_weights(messages::NodeService& service);

// What kind of check a definition describes; empty: none of the known.
std::string_view check_type(const messages::HealthCheckDefinition& definition);

// `own_datacenter`: the one whose log the command would go into. May fill in defaults. Fails with
// errc::failed.
messages::result<void> validate_write(messages::Command& command, std::string_view own_datacenter);

}  // namespace troupe::actors::router
