// `gossip_scale simulate`: one scenario, as often as asked for, as a table and as files.
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace troupe::gossip_scale {

// The program's exit code. `args` without the program's and the command's name.
int simulate_command(const std::vector<std::string>& args, const std::atomic<bool>& stop);

}  // namespace troupe::gossip_scale
