// The agent's log: lines on standard output in Consul's form,
//   2026-11-22T15:21:08.549Z [WARN]  agent: text
// or one JSON object a line.
#pragma once

#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

void set_up_log(const log_options& options);

}  // namespace troupe::agent
