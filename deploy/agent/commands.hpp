// The commands that need the agent's own code: agent, validate.
#pragma once

#include <vector>

#include "gateway/cli/command.hpp"

namespace troupe::agent {

std::vector<gateway::cli::command> commands();

}  // namespace troupe::agent
