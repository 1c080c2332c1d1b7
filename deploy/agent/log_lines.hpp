// The agent's log: lines on standard output in Consul's form,
//   2026-11-22T15:21:08.549Z [WARN]  agent: text
// or one JSON object a line; and to all who watch it (actors/runtime/log_watch.hpp).
#pragma once

#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

void set_up_log(const log_options& options);

// Of standard output, from now on; any thread. Who watches has a level of his own.
void set_log_level(const std::string& level);

}  // namespace troupe::agent
