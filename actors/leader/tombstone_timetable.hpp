// Which index the log had at which time, roughly: so that the leader can forget deletions that are
// older than limits::tombstone_ttl. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "messages/limits.hpp"

namespace troupe::actors {

class tombstone_timetable {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The index that is applied now. Call it about once a limits::tombstone_granularity; more often
  // is no harm.
  void note(std::uint64_t applied_index, time_point now);

  // Everything up to here is old enough; none if there is nothing new to forget. A round is only
  // asked for when somebody else wrote since the last one: else an idle cluster would write for
  // ever about its own writing.
  std::optional<std::uint64_t> due(time_point now);

  // That round became an entry of the log itself.
  void on_reaped(std::uint64_t entry_index) { own_entry_ = entry_index; }

 private:
  struct mark {
    std::uint64_t index = 0;
    time_point noted;
  };
  std::deque<mark> marks_;  // indices and times rise; at most ttl / granularity + 1
  std::uint64_t last_index_ = 0;
  std::uint64_t own_entry_ = 0;
};

}  // namespace troupe::actors
