// What an ack carries: the network coordinate of who acknowledges.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

inline constexpr std::size_t coordinate_payload_dimensions = 8;

// Seconds.
struct coordinate_payload {
  std::array<double, coordinate_payload_dimensions> vec{};
  double error = 0;
  double adjustment = 0;
  double height = 0;

  bool operator==(const coordinate_payload&) const = default;
};

// Nothing if it is of another version or dimension, or a number is NaN or infinite.
std::optional<coordinate_payload> decode_coordinate(std::string_view payload);
std::string encode(const coordinate_payload& coordinate);

}  // namespace troupe::actors::gossip::wire
