// A network coordinate (Dabek et al. 2004, "Vivaldi", with height, and the adjustment of Lee et al.
// 2006, "On Suitability of Euclidean Embedding"): the round trip between two members is about the
// distance of their coordinates. Seconds everywhere.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace troupe::actors::gossip::serf {

inline constexpr std::size_t coordinate_dimensions = 8;

struct coordinate {
  std::array<double, coordinate_dimensions> vec{};
  double error = 1.5;       // how much this is to be trusted; smaller is better
  double adjustment = 0;    // what a Euclidean space cannot say
  double height = 10.0e-6;  // from the member to the network's core; never below this

  bool operator==(const coordinate&) const = default;

  bool is_valid() const;  // no NaN, no infinity
};

// The distance, without the adjustments.
double raw_distance_s(const coordinate& from, const coordinate& to);
// With them, as long as the sum stays above 0: the estimated round trip.
double distance_s(const coordinate& from, const coordinate& to);
// The same, cut to nanoseconds; max() if that is no round trip.
std::chrono::nanoseconds distance(const coordinate& from, const coordinate& to);

}  // namespace troupe::actors::gossip::serf
