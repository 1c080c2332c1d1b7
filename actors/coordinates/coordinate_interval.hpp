// How often an agent says where it is. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <random>

#include "messages/limits.hpp"

namespace troupe::actors::coordinates {

// So long that all agents of a pool together send no more than a rate, and up to as long again,
// drawn, so that agents started together do not stay together.
template <class Random>
std::chrono::nanoseconds send_interval(std::size_t pool_members, Random& random) {
  using std::chrono::nanoseconds;
  namespace limits = messages::limits;
  const nanoseconds second = std::chrono::seconds{1};
  const auto by_rate = static_cast<std::int64_t>(pool_members) * second.count() /
                       limits::coordinate_sends_per_second;
  const nanoseconds shortest = limits::coordinate_send_interval_min;
  const nanoseconds interval = std::max(shortest, nanoseconds(by_rate));
  std::uniform_int_distribution<std::int64_t> stagger(0, interval.count() - 1);
  return interval + nanoseconds(stagger(random));
}

}  // namespace troupe::actors::coordinates
