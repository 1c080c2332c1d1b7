// What is different between two configurations of an agent, as far as a reload cannot apply it.
#pragma once

#include <string>
#include <vector>

#include "messages/config.pb.h"

namespace troupe::agent {

// The keys ("ports.http") whose values differ and take effect at the next start only, in the order
// of config.proto. Keys without any effect are left out.
std::vector<std::string> changes_for_a_restart(const messages::Config& running,
                                               const messages::Config& wanted);

}  // namespace troupe::agent
