// The hash by which GET /v1/agent/service/:id waits for a change: the structural FNV-1 hash that
// Consul 1.22.7 shows for the same service (checked against a value that its client library
// expects). It covers everything a client sees of the service but its datacenter and locality.
#pragma once

#include <string>

#include "messages/agent.pb.h"

namespace troupe::actors {

// Lower-case hex without leading zeros. `content_hash` itself does not count.
std::string content_hash(const messages::AgentService& service);

}  // namespace troupe::actors
