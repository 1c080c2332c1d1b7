// The Raft log and hard state on disk, in an environment of their own. One call of append() is one
// durable commit: when it returns well, its entries survive a power cut. When it fails, nothing of
// it was written that a reader sees; the disk cannot be trusted any more and the process must end:
// a failed fsync is never tried again.
//
// raft_log writes, from one thread. Readers on other threads make a raft_log_reader each: it sees
// what was committed when it is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "messages/limits.hpp"
#include "storage/data_directory.hpp"
#include "storage/entry_list.hpp"
#include "storage/log_view.hpp"
#include "storage/transaction.hpp"

namespace troupe::storage {

struct raft_log_options {
  std::size_t map_bytes = messages::limits::log_map_bytes;
};

// An entry's place: index and term.
struct log_position {
  messages::log_index index;
  messages::term term;

  auto operator<=>(const log_position&) const = default;
};

// One a thread. A damaged log ends the process: whoever asks cannot go on without the answer.
class raft_log_reader final : public log_view {
 public:
  static messages::result<raft_log_reader> open(const environment& env);

  messages::log_index first_index() const override;
  messages::log_index last_index() const override;
  messages::log_index snapshot_index() const override;
  messages::term snapshot_term() const override;
  std::optional<messages::term> term_at(messages::log_index index) const override;
  std::vector<messages::LogEntry> entries(messages::log_index from, std::size_t count_max,
                                          std::size_t bytes_max) const override;
  messages::HardState hard_state() const;

 private:
  explicit raft_log_reader(read_transaction txn) : txn_(std::move(txn)) {}
  template <class Query>
  auto ask(Query query) const;

  mutable read_transaction txn_;
};

class raft_log {
 public:
  // Fails with errc::corrupt if entries are missing or not readable.
  static messages::result<std::unique_ptr<raft_log>> open(const data_directory& directory,
                                                          raft_log_options options = {});

  // Makes both durable. Entries follow on each other; an entry at an index that is there replaces
  // it and all after it. The first one stands behind what was cut and at most one behind the last.
  messages::result<void> append(entry_list entries,
                                const std::optional<messages::HardState>& hard_state = {});
  // Forgets entries that a durable snapshot covers, but for the `trailing` last of these: a
  // follower that is a little behind then needs no snapshot. Nothing happens if that leaves nothing
  // to forget.
  messages::result<void> compact(messages::log_index covered,
                                 std::uint64_t trailing = messages::limits::raft_trailing_logs);
  // A snapshot from the leader stands for all entries up to its position, whatever was here.
  messages::result<void> reset_to(log_position snapshot);

  // For the thread that writes; others take a reader of their own.
  const raft_log_reader& view() const { return reader_; }
  messages::HardState hard_state() const { return reader_.hard_state(); }
  messages::result<raft_log_reader> reader() const { return raft_log_reader::open(*env_); }

 private:
  raft_log(std::unique_ptr<environment> env, raft_log_reader reader)
      : env_(std::move(env)), reader_(std::move(reader)) {}
  messages::result<void> verify() const;

  std::unique_ptr<environment> env_;
  raft_log_reader reader_;
};

}  // namespace troupe::storage
