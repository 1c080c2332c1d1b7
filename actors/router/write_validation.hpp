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

// `own_datacenter`: the one whose log the command would go into. May fill in defaults. Fails with
// errc::failed.
messages::result<void> validate_write(messages::Command& command, std::string_view own_datacenter);

}  // namespace troupe::actors::router
