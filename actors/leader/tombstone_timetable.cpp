#include "actors/leader/tombstone_timetable.hpp"

namespace troupe::actors {

namespace limits = messages::limits;

void tombstone_timetable::note(std::uint64_t applied_index, time_point now) {
  if (applied_index <= last_index_)
    return;
  const bool only_own = own_entry_ == applied_index && last_index_ + 1 == applied_index;
  if (only_own) {
    last_index_ = applied_index;
    return;
  }
  if (!marks_.empty() && now - marks_.back().noted < limits::tombstone_granularity)
    return;
  last_index_ = applied_index;
  marks_.push_back({applied_index, now});
}

std::optional<std::uint64_t> tombstone_timetable::due(time_point now) {
  std::optional<std::uint64_t> index;
  while (!marks_.empty() && now - marks_.front().noted >= limits::tombstone_ttl) {
    index = marks_.front().index;
    marks_.pop_front();
  }
  return index;
}

}  // namespace troupe::actors
