// The failure detector's settings by the names that people give them.
#pragma once

#include <optional>
#include <string_view>

#include "actors/gossip/swim/swim_settings.hpp"

namespace troupe::gossip_scale {

// swim, lha-probe, lha-suspicion, buddy, lifeguard: the Lifeguard paper's five; lan, wan, local,
// development: an agent's. Nothing for any other name.
std::optional<actors::gossip::swim::swim_settings> settings_named(std::string_view name);

}  // namespace troupe::gossip_scale
