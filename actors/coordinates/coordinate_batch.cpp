#include "actors/coordinates/coordinate_batch.hpp"

namespace troupe::actors::coordinates {

namespace limits = messages::limits;

bool coordinate_batch::add(messages::CoordinateEntry entry) {
  constexpr auto most = limits::coordinate_batch_updates_max * limits::coordinate_batch_entries_max;
  const std::pair key{entry.node(), entry.segment()};
  if (by_node_.size() >= most && !by_node_.contains(key))
    return false;
  by_node_[key] = std::move(entry);
  return true;
}

std::optional<time_point> coordinate_batch::due() const {
  if (by_node_.empty())
    return std::nullopt;
  return not_before_;
}

std::vector<messages::CoordinateUpdates> coordinate_batch::take(time_point now) {
  not_before_ = now + interval_;
  std::vector<messages::CoordinateUpdates> entries;
  for (auto& [key, entry] : std::exchange(by_node_, {})) {
    if (entries.empty() || static_cast<std::size_t>(entries.back().updates_size()) ==
                               limits::coordinate_batch_updates_max)
      entries.emplace_back();
    *entries.back().add_updates() = std::move(entry);
  }
  return entries;
}

}  // namespace troupe::actors::coordinates
