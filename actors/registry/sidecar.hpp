// The definition of a sidecar proxy from that of the service it stands before. Pure.
#pragma once

#include "messages/agent.pb.h"
#include "messages/result.hpp"

namespace troupe::actors {

inline constexpr int sidecar_port_min = 21000;
inline constexpr int sidecar_port_max = 21255;

// `parent` has an id, a name and connect.sidecar_service. `port` is used where the sidecar names
// neither port nor socket. Without checks of its own it gets two: does it listen, is its service
// well. Fails with errc::bad_request.
messages::result<messages::ServiceDefinition> make_sidecar(
    const messages::ServiceDefinition& parent, int port);

// Whether make_sidecar() will use the port that it is given.
bool needs_sidecar_port(const messages::ServiceDefinition& parent);

}  // namespace troupe::actors
