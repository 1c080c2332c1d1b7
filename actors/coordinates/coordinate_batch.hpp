// Coordinates on their way into the log: the newest of each node, in entries of bounded size. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/coordinate.pb.h"
#include "messages/limits.hpp"

namespace troupe::actors::coordinates {

using time_point = std::chrono::steady_clock::time_point;

class coordinate_batch {
 public:
  explicit coordinate_batch(std::chrono::nanoseconds interval) : interval_(interval) {}

  // False: there are too many already, and this node has none among them; it will come again.
  bool add(messages::CoordinateEntry entry);

  // When take() is due: at once after a quiet interval, else an interval after the last one.
  // Nothing if there is nothing.
  std::optional<time_point> due() const;
  // All there is, in entries of at most coordinate_batch_updates_max, by node.
  std::vector<messages::CoordinateUpdates> take(time_point now);

 private:
  std::chrono::nanoseconds interval_;
  std::map<std::pair<std::string, std::string>, messages::CoordinateEntry> by_node_;
  time_point not_before_;
};

}  // namespace troupe::actors::coordinates
