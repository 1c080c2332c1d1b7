// Durations as Go writes and reads them: "1h30m0s", "200ms", "0s". Consul's API speaks them
// everywhere.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::messages {

// time.ParseDuration. Fails with Go's text, e.g. `time: invalid duration "zz"`,
// `time: missing unit in duration "10"`, `time: unknown unit "x" in duration "1x"`.
result<std::chrono::nanoseconds> parse_go_duration(std::string_view text);

// time.Duration.String.
std::string to_go_duration(std::chrono::nanoseconds duration);

}  // namespace troupe::messages
