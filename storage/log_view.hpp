// What may be asked of a Raft log: the read half of raft_log, and all that raft_core sees of it. An
// implementation answers from what was appended, durable or not, as its own comment says; it never
// changes anything.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "messages/ids.hpp"
#include "messages/raft.pb.h"

namespace troupe::storage {

class log_view {
 public:
  virtual ~log_view() = default;

  // The first entry kept; snapshot_index() + 1 if there is none.
  virtual messages::log_index first_index() const = 0;
  // The last entry; first_index() - 1 if there is none.
  virtual messages::log_index last_index() const = 0;
  // The last entry that was cut off because a durable snapshot covers it; 0: nothing was ever cut.
  virtual messages::log_index snapshot_index() const = 0;
  virtual messages::term snapshot_term() const = 0;
  // The term of an entry, and of snapshot_index(), and 0 for index 0 of an uncut log. Unset: cut
  // off, or beyond the end.
  virtual std::optional<messages::term> term_at(messages::log_index index) const = 0;
  // Entries from `from` on, at most so many and so many bytes (of their data), but at least one if
  // there is one. Empty: `from` is cut off or beyond the end.
  virtual std::vector<messages::LogEntry> entries(messages::log_index from, std::size_t count_max,
                                                  std::size_t bytes_max) const = 0;
};

}  // namespace troupe::storage
