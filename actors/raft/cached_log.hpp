// The Raft log as the protocol sees it: what is stored, with the newest entries in memory before
// it.
//
// Entries stay in memory until they are durable, so that nothing is read before it is written; and
// some longer, since followers and the state machine want the newest ones. Never writes: the owner
// of the stored log does, and says so by persisted().
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "messages/ids.hpp"
#include "messages/raft.pb.h"
#include "storage/log_view.hpp"

namespace troupe::actors::raft {

// An entry's place; two logs that share a position are equal up to it (log matching, 3.5).
struct log_position {
  messages::log_index index;
  messages::term term;

  bool operator==(const log_position&) const = default;
};

struct log_cache_options {
  std::size_t entries_max = 4096;    // kept in memory beyond what is not durable yet
  std::size_t bytes_max = 16 << 20;  // of their data
};

class cached_log {
 public:
  // `stored` must hold, and go on holding, all that was reported as persisted.
  cached_log(const storage::log_view& stored, log_cache_options options);

  messages::log_index first_index() const { return stored_.first_index(); }
  log_position last() const { return last_; }
  messages::log_index durable_index() const { return durable_; }
  // What was cut off because a snapshot covers it, up to here.
  log_position snapshot() const { return {stored_.snapshot_index(), stored_.snapshot_term()}; }

  // Unset: cut off, or beyond the end.
  std::optional<messages::term> term_at(messages::log_index index) const;
  bool holds(log_position position) const { return term_at(position.index) == position.term; }
  // At most so many entries and data bytes, but at least one if there is one; empty: cut off, or
  // beyond the end.
  std::vector<messages::LogEntry> entries(messages::log_index from, std::size_t count_max,
                                          std::size_t bytes_max) const;
  // The first entry of the run of equal terms that `index` belongs to; looks no lower than `floor`.
  messages::log_index run_start(messages::log_index index, messages::log_index floor) const;
  // The last entry not behind `limit` whose term is not above `wanted`; snapshot() if there is
  // none.
  messages::log_index last_up_to(messages::term wanted, messages::log_index limit) const;

  // The entry's index must follow on last().
  void append(messages::LogEntry entry);
  // Forgets the entry and all after it. The stored log still has them until the next append to it.
  void truncate_from(messages::log_index index);
  // A snapshot stands for all entries up to the position; the stored log was reset to it already.
  void reset_to(log_position snapshot);
  // All up to the position is durable, if the log still holds that position.
  void persisted(log_position position);

 private:
  bool is_recent(messages::log_index index) const;
  void evict();

  const storage::log_view& stored_;
  log_cache_options options_;
  std::deque<messages::LogEntry> recent_;  // ends at last_; holds at least what is not durable
  std::size_t recent_bytes_ = 0;
  log_position last_;
  messages::log_index durable_;
};

}  // namespace troupe::actors::raft
