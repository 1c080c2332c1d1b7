// How far apart two network coordinates are: Dabek et al., "Vivaldi: A Decentralized Network
// Coordinate System" (2004), sections 5.3 and 5.4 (height vector), with the adjustment term of
// Ledlie et al., "Network Coordinates in the Wild" (2007), as serf has them.
#pragma once

#include <chrono>
#include <cmath>
#include <optional>

#include "messages/coordinate.pb.h"

namespace troupe::messages {

// What serf and Consul use; a coordinate of another size cannot be compared.
inline constexpr int coordinate_dimensions = 8;

inline bool is_finite(const Coordinate& what) {
  bool finite = std::isfinite(what.error()) && std::isfinite(what.adjustment()) &&
                std::isfinite(what.height());
  for (const double component : what.vec())
    finite = finite && std::isfinite(component);
  return finite;
}

// The estimated round-trip time; none if the two are of different size or hold no numbers.
inline std::optional<std::chrono::nanoseconds> distance(const Coordinate& a, const Coordinate& b) {
  if (a.vec_size() != b.vec_size() || !is_finite(a) || !is_finite(b))
    return std::nullopt;
  double square = 0;
  for (int i = 0; i < a.vec_size(); ++i)
    square += (a.vec(i) - b.vec(i)) * (a.vec(i) - b.vec(i));
  const double raw_s = std::sqrt(square) + a.height() + b.height();
  const double adjusted_s = raw_s + a.adjustment() + b.adjustment();
  const double seconds = adjusted_s > 0 ? adjusted_s : raw_s;
  constexpr double longest_s = 3600;  // beyond any network; keeps the conversion defined
  const std::chrono::duration<double> rtt(std::fmin(std::fmax(seconds, 0), longest_s));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(rtt);
}

}  // namespace troupe::messages
