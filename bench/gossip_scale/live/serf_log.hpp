// What a `serf agent` prints, understood: members that come and go, and what it measured of itself
// when it was asked to (SIGUSR1). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::gossip_scale {

struct serf_member_line {
  bool is_join = false;  // else failed, or left
  bool is_failure = false;
  std::string_view name;
};

// Of an interval of serf_interval.
struct serf_counter_line {
  std::chrono::system_clock::time_point begun;
  std::string_view name;  // "memberlist.udp.sent"
  double count = 0;
  double sum = 0;
};
inline constexpr std::chrono::seconds serf_interval{10};

// Nothing for any other line. Views into it.
std::optional<std::variant<serf_member_line, serf_counter_line>> parse_serf_line(
    std::string_view line);

}  // namespace troupe::gossip_scale
