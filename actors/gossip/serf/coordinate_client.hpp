// Keeps one member's coordinate by the round trips it measures (Dabek et al. 2004, "Vivaldi", 3.4
// and 5.4: adaptive time step and height), with serf's additions: a median filter, an adjustment
// term and gravity to the origin. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

#include "actors/gossip/serf/coordinate.hpp"

namespace troupe::actors::gossip::serf {

struct vivaldi_settings {
  double error_max = 1.5;
  double ce = 0.25;  // how fast the error follows a measurement
  double cc = 0.25;  // how far a measurement moves the coordinate
  double height_min_s = 10.0e-6;
  double gravity_rho_s = 150.0;  // the larger, the weaker the pull to the origin
  std::chrono::nanoseconds rtt_max = std::chrono::seconds{10};
  std::size_t dimensions = coordinate_dimensions;  // used; the others stay 0
};

// The last round trips to one member, in seconds: what its next one is smoothed by. Small, for
// there is one a member in each member.
class latency_filter {
 public:
  float median_with(float sample);

 private:
  static constexpr std::size_t size = 3;

  std::array<float, size> samples_{};
  std::uint8_t used_ = 0;
  std::uint8_t next_ = 0;
};

class coordinate_client {
 public:
  // `random` is drawn from only to part members that stand on one spot.
  explicit coordinate_client(std::mt19937_64& random, vivaldi_settings settings = {});

  // A round trip to a member whose earlier ones are in `latency`, and which says it is at `other`.
  // False if either is refused.
  bool update(latency_filter& latency, const coordinate& other, std::chrono::nanoseconds rtt);

  const coordinate& own() const { return own_; }
  // How often the coordinate became invalid and was begun again.
  std::size_t resets() const { return resets_; }

 private:
  static constexpr std::size_t adjustment_window = 20;

  coordinate start() const;
  void move(const coordinate& other, double rtt_s);
  void adjust(const coordinate& other, double rtt_s);
  void pull_to_origin();
  // Along the line from `other` to here; negative: towards it.
  void apply_force(double force_s, const coordinate& other);
  std::array<double, coordinate_dimensions> random_direction();

  std::mt19937_64& random_;
  vivaldi_settings settings_;
  coordinate own_;
  std::array<double, adjustment_window> adjustments_{};
  std::size_t next_adjustment_ = 0;
  std::size_t resets_ = 0;
};

}  // namespace troupe::actors::gossip::serf
