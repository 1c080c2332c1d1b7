// Makes the Raft log and the hard state durable. Owns the stored log and is the only one that
// writes it; runs on a thread of its own because it waits for the disk. Decides nothing.
//
// A write that fails ends the process: a failed sync is never tried again, and a server that cannot
// remember must neither vote nor acknowledge.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actors/interfaces.hpp"
#include "storage/raft_log.hpp"

namespace troupe::actors::raft {

struct log_writer_state {
  using pointer = log_writer_actor::stateful_pointer<log_writer_state>;

  explicit log_writer_state(pointer self) : self_(self) {}

  log_writer_actor::behavior_type start(std::shared_ptr<storage::raft_log> log,
                                        std::uint64_t trailing_entries);

  static inline const char* name = "log_writer";

 private:
  m::LogPersisted on_append(m::AppendToLog& write);
  void on_compact(const m::CompactLog& request);
  m::LogReset on_reset(const m::ResetLog& request);

  pointer self_;
  std::shared_ptr<storage::raft_log> log_;
  std::uint64_t trailing_entries_ = 0;
  std::vector<m::LogEntry> entries_;  // of the write under way
};

// To be spawned detached. `trailing_entries` stay in the log below a snapshot.
log_writer_actor::behavior_type log_writer(log_writer_state::pointer self,
                                           std::shared_ptr<storage::raft_log> log,
                                           std::uint64_t trailing_entries);

}  // namespace troupe::actors::raft
