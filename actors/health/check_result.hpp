// What one run of a check says: a status and a text for people. Shared by the core, the probes and
// the prober.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::actors {

enum class check_status : std::uint8_t { passing, warning, critical };

// "passing", "warning", "critical".
std::string_view to_text(check_status status);

// None unless it is one of the three words.
std::optional<check_status> parse_check_status(std::string_view text);

struct check_result {
  check_status status = check_status::critical;
  std::string output;

  bool operator==(const check_result&) const = default;
};

inline check_result passing(std::string output) {
  return {check_status::passing, std::move(output)};
}
inline check_result critical(std::string output) {
  return {check_status::critical, std::move(output)};
}

// The first `bytes_max` bytes, and if there were more a tail that says how many of how many. For
// text that a client reported; probes keep the end of what they read (see bounded_output).
std::string cut_output(std::string output, std::size_t bytes_max);

// Each byte that is no part of valid UTF-8 becomes U+FFFD, as Go's JSON shows it. What a check
// outputs may be anything; a Protobuf string must not.
std::string to_valid_utf8(std::string_view text);

}  // namespace troupe::actors
