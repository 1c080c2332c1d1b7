// The only writer of the replicated state: applies committed entries, one transaction a message,
// and tells subscribers what each batch touched. Takes snapshots when enough was applied and then
// has the log cut. Runs on a thread of its own because it waits for the disk. Decides nothing.
//
// An entry that cannot be applied ends the process: skipped, it would make this server differ.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <caf/actor.hpp>

#include "actors/interfaces.hpp"
#include "storage/state_machine.hpp"

namespace troupe::actors::raft {

// Copies the state into a snapshot, beside the state machine's own work. Detached.
using snapshot_taker_actor =
    caf::typed_actor<caf::replies_to<m::TakeSnapshot>::with<m::SnapshotTaken>>;

struct state_machine_needs {
  std::shared_ptr<storage::state_machine> machine;
  log_writer_actor log_writer;
  // A snapshot is taken once so many entries were applied since the last one, but not more often
  // than once an interval.
  std::uint64_t snapshot_threshold_entries = messages::limits::raft_snapshot_threshold;
  std::chrono::nanoseconds snapshot_interval_min = messages::limits::raft_snapshot_interval;
};

struct state_machine_state {
  using pointer = installing_state_machine_actor::stateful_pointer<state_machine_state>;

  explicit state_machine_state(pointer self) : self_(self) {}

  installing_state_machine_actor::behavior_type start(state_machine_needs needs);

  static inline const char* name = "state_machine";

 private:
  m::Applied on_apply(m::ApplyEntries& request);
  void on_subscribe();
  caf::result<m::SnapshotTaken> on_take_snapshot(const m::TakeSnapshot& request);

  caf::result<m::SnapshotInstalled> on_install(const m::InstallReceived& request);
  m::SnapshotInstalled restore(const storage::snapshot_file& adopted);

  void publish(const storage::change_set& changes);
  void snapshot_if_due();

  pointer self_;
  state_machine_needs needs_;
  snapshot_taker_actor snapshot_taker_;
  std::vector<caf::actor> subscribers_;
  std::vector<m::LogEntry> entries_;  // of the batch under way
  std::uint64_t snapshot_index_ = 0;  // applied when the last one was begun
  std::chrono::steady_clock::time_point snapshot_due_;
  bool snapshot_under_way_ = false;
};

// To be spawned detached.
installing_state_machine_actor::behavior_type state_machine(state_machine_state::pointer self,
                                                            state_machine_needs needs);

}  // namespace troupe::actors::raft
