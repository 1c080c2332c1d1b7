// Which version this is, and which version of Consul's API it speaks.
#pragma once

#include <string_view>

namespace troupe::messages {

inline constexpr std::string_view troupe_version = "0.1.0";

// What clients are told: they choose by it what they may send.
inline constexpr std::string_view consul_version = "1.22.7";

}  // namespace troupe::messages
