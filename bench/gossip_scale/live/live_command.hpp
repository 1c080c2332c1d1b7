// `gossip_scale live`: runs a pool of real members on this machine and prints what they did.
#pragma once

#include <atomic>
#include <string>
#include <vector>

namespace troupe::gossip_scale {

// Returns the exit status: 0; 1 if something could not be started or written; 2 for options that
// make no sense. Once `stop`, it ends soon and reports what it has.
int live_command(const std::vector<std::string>& args, const std::atomic<bool>& stop);

}  // namespace troupe::gossip_scale
