// Points in time as Go's JSON writes and reads them: RFC 3339 text in UTC. Never reads a clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::messages {

// Nanoseconds since 1970. Zero stands for "no time" and is Go's zero time, 0001-01-01T00:00:00Z.
void append_go_time(std::string& out, std::int64_t unix_ns);

// The opposite; also with another offset than Z. Fails with Go's text, `parsing time "zz" as
// "2006-01-02T15:04:05Z07:00": cannot parse "zz" as "2006"`, and for years outside 1678 to 2261,
// which do not fit.
result<std::int64_t> parse_go_time(std::string_view text);

}  // namespace troupe::messages
