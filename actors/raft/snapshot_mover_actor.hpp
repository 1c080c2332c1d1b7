// Carries snapshots between the disk and the raft_peer, a piece at a time: reads those that go to
// other servers, writes the one that is being received. Runs on a thread of its own because it
// waits for the disk. Decides nothing, and knows nothing of what stands in a snapshot.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "storage/state_machine.hpp"

namespace troupe::actors::raft {

using snapshot_mover_actor = caf::typed_actor<
    // Fails with errc::unavailable if there is no snapshot, or errc::io.
    caf::replies_to<m::ReadSnapshotPiece>::with<m::SnapshotPiece>,
    // Not durable yet: adopting the whole file makes it so. Fails with errc::io.
    caf::replies_to<m::StoreSnapshotPiece>::with<m::SnapshotPieceStored>>;

struct snapshot_mover_state {
  using pointer = snapshot_mover_actor::stateful_pointer<snapshot_mover_state>;

  explicit snapshot_mover_state(pointer self) : self_(self) {}

  snapshot_mover_actor::behavior_type start(std::shared_ptr<storage::state_machine> machine);

  static inline const char* name = "snapshot_mover";

 private:
  struct closes_file {
    void operator()(const int* file) const;
  };
  using file = std::unique_ptr<int, closes_file>;
  struct sending {
    file opened;
    storage::snapshot_file snapshot;
    std::chrono::steady_clock::time_point used;
  };

  caf::result<m::SnapshotPiece> on_read(const m::ReadSnapshotPiece& request);
  caf::result<m::SnapshotPieceStored> on_store(const m::StoreSnapshotPiece& request);
  messages::result<sending*> open_newest(const std::string& server);
  void close_unused();

  pointer self_;
  std::shared_ptr<storage::state_machine> machine_;
  std::map<std::string, sending> sending_;  // by the server it goes to
  file receiving_;
};

// To be spawned detached.
snapshot_mover_actor::behavior_type snapshot_mover(snapshot_mover_state::pointer self,
                                                   std::shared_ptr<storage::state_machine> machine);

}  // namespace troupe::actors::raft
