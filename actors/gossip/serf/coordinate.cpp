#include "actors/gossip/serf/coordinate.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::actors::gossip::serf {

bool coordinate::is_valid() const {
  return std::all_of(vec.begin(), vec.end(), [](double part) { return std::isfinite(part); }) &&
         std::isfinite(error) && std::isfinite(adjustment) && std::isfinite(height);
}

double raw_distance_s(const coordinate& from, const coordinate& to) {
  double squares = 0;
  for (std::size_t i = 0; i < coordinate_dimensions; ++i) {
    const double difference = from.vec[i] - to.vec[i];
    squares += difference * difference;
  }
  return std::sqrt(squares) + from.height + to.height;
}

double distance_s(const coordinate& from, const coordinate& to) {
  const double raw = raw_distance_s(from, to);
  const double adjusted = raw + from.adjustment + to.adjustment;
  return adjusted > 0 ? adjusted : raw;
}

std::chrono::nanoseconds distance(const coordinate& from, const coordinate& to) {
  // What cannot be a round trip (a hostile coordinate) must not overflow the cast.
  constexpr double longest_s = 1.0e9;
  const double seconds = distance_s(from, to);
  if (!(seconds < longest_s))
    return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1.0e9)};
}

}  // namespace troupe::actors::gossip::serf
