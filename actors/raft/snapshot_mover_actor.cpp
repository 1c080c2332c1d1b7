#include "actors/raft/snapshot_mover_actor.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::raft {

using messages::errc;
using messages::failure;

namespace {

// A file that was removed keeps its space until it is closed.
constexpr auto unused_max = std::chrono::minutes{5};

failure disk_failure(const std::filesystem::path& path) {
  return {errc::io, "the snapshot " + path.string() + ": " + std::strerror(errno)};
}

}  // namespace

void snapshot_mover_state::closes_file::operator()(const int* file) const {
  ::close(*file);
  delete file;
}

snapshot_mover_actor::behavior_type snapshot_mover(
    snapshot_mover_state::pointer self, std::shared_ptr<storage::state_machine> machine) {
  return self->state.start(std::move(machine));
}

snapshot_mover_actor::behavior_type snapshot_mover_state::start(
    std::shared_ptr<storage::state_machine> machine) {
  machine_ = std::move(machine);
  return {
      // From the raft_peer.
      [this](const m::ReadSnapshotPiece& request) { return on_read(request); },
      [this](const m::StoreSnapshotPiece& request) { return on_store(request); },
  };
}

messages::result<snapshot_mover_state::sending*> snapshot_mover_state::open_newest(
    const std::string& server) {
  const auto all = machine_->snapshots().list();
  if (all.empty())
    return failure{errc::unavailable, "there is no snapshot"};
  const int opened = ::open(all.front().path.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0)
    return disk_failure(all.front().path);
  auto& chosen = sending_[server];
  chosen.opened.reset(new int{opened});
  chosen.snapshot = all.front();
  return &chosen;
}

void snapshot_mover_state::close_unused() {
  const auto now = self_->clock().now();
  std::erase_if(sending_, [&](const auto& one) { return now - one.second.used > unused_max; });
}

// Behind the start without a file, this server having been started anew: the piece is of the newest
// snapshot, and the receiver, if it is at another one, asks for the start.
caf::result<m::SnapshotPiece> snapshot_mover_state::on_read(const m::ReadSnapshotPiece& request) {
  close_unused();
  const auto found = sending_.find(request.server());
  auto* from = found == sending_.end() ? nullptr : &found->second;
  if (!from || request.offset() == 0) {
    auto opened = open_newest(request.server());
    if (!opened)
      return to_caf(opened.error());
    from = *opened;
  }
  from->used = self_->clock().now();
  m::SnapshotPiece piece;
  piece.set_index(from->snapshot.position.index.value);
  piece.set_term(from->snapshot.position.term.value);
  auto& data = *piece.mutable_data();
  data.resize(messages::limits::raft_snapshot_piece_bytes_max);
  const auto count =
      ::pread(*from->opened, data.data(), data.size(), static_cast<off_t>(request.offset()));
  if (count <= 0)
    return to_caf(count < 0 ? disk_failure(from->snapshot.path)
                            : failure{errc::unavailable, "there is nothing behind its end"});
  data.resize(static_cast<std::size_t>(count));
  piece.set_done(request.offset() + data.size() >= from->snapshot.bytes);
  return piece;
}

caf::result<m::SnapshotPieceStored> snapshot_mover_state::on_store(
    const m::StoreSnapshotPiece& request) {
  const auto path = machine_->snapshots().receiving_path();
  if (request.offset() == 0) {
    const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (opened < 0)
      return to_caf(disk_failure(path));
    receiving_.reset(new int{opened});
  }
  if (!receiving_)
    return to_caf({errc::unavailable, "a snapshot must be received from its start"});
  const auto& data = request.data();
  const auto written =
      ::pwrite(*receiving_, data.data(), data.size(), static_cast<off_t>(request.offset()));
  if (written != static_cast<ssize_t>(data.size())) {
    receiving_.reset();
    return to_caf(disk_failure(path));
  }
  m::SnapshotPieceStored stored;
  stored.set_next_offset(request.offset() + data.size());
  return stored;
}

}  // namespace troupe::actors::raft
