// The command line: finds the command that the words name and runs it.
#pragma once

#include <string>
#include <vector>

#include "gateway/cli/command.hpp"

namespace troupe::gateway::cli {

// `own` are the caller's own commands (agent, validate). Returns the exit code: 127 for an unknown
// command or none, 1 for a group without a subcommand.
int run(const std::vector<std::string>& args, std::vector<command> own, const terminal& with);

// Standard input, output and error.
terminal process_terminal();

}  // namespace troupe::gateway::cli
