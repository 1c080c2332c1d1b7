// Which events may be fired, and which of those that come are meant for this agent. Pure.
#pragma once

#include <string>

#include "messages/agent.pb.h"
#include "messages/event.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::events {

// The version of events written here; a newer one is passed over.
inline constexpr int event_version = 1;
// Before the event's name in the pool.
inline constexpr std::string_view pool_prefix = "consul:event:";

// Fails with errc::failed and Consul's text.
messages::result<void> validate_event(const messages::AgentEvent& event);

// By its filters: the node's name, and the name and tags of one of its services.
bool is_meant_for(const messages::AgentEvent& event, const std::string& node,
                  const messages::LocalServices& services);

}  // namespace troupe::actors::events
