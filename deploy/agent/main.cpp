// The program: `troupe`, or `consul`.
#include <string>
#include <vector>

#include "deploy/agent/commands.hpp"
#include "gateway/cli/cli.hpp"

int main(int argc, char** argv) {
  using namespace troupe;
  const std::vector<std::string> args(argv + 1, argv + argc);
  return gateway::cli::run(args, agent::commands(), gateway::cli::process_terminal());
}
