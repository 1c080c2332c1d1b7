// `gossip_scale paper`: the Lifeguard paper's experiments, beside its figures.
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace troupe::gossip_scale {

// The program's exit code. `args` without the program's and the command's name.
int paper_command(const std::vector<std::string>& args, const std::atomic<bool>& stop);

}  // namespace troupe::gossip_scale
