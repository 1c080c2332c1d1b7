// The raft_peer's part in changes of the servers, transfers of the leadership and snapshots.
#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/raft/raft_peer_actor.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/fatal.hpp"

namespace troupe::actors::raft {

using messages::errc;
using messages::failure;
using messages::server_id;

// -- servers come and go ----------------------------------------------------------

// One server at a time is promised to be the one that begins the datacenter: two that see different
// members cannot both win all of theirs.
caf::result<m::BootstrapPromise> raft_peer_state::on_promise(const m::PromiseBootstrap& request) {
  m::BootstrapPromise answer;
  *answer.mutable_configuration() = core_->configuration();
  answer.set_has_log(core_->status().last.index.value > 0);
  const bool is_fresh = !answer.has_log() && answer.configuration().servers().empty();
  if (is_fresh && (promised_to_ == request.from() || now() >= promised_until_)) {
    promised_to_ = request.from();
    promised_until_ = now() + messages::limits::raft_bootstrap_promise;
    answer.set_granted(true);
  }
  return answer;
}

caf::result<m::RaftServersChanged> raft_peer_state::on_bootstrap(const m::BootstrapRaft& request) {
  if (request.from() != promised_to_ && now() < promised_until_)
    return to_caf({errc::conflict, "another server was promised to begin the datacenter"});
  if (auto done = core_->bootstrap(request.configuration(), now(), request.stand_at_once()); !done)
    return to_caf(done.error());
  flush_soon();
  return m::RaftServersChanged{};
}

caf::result<m::RaftServersChanged> raft_peer_state::on_add_server(const m::AddRaftServer& request) {
  if (auto begun = core_->add_server(request.server(), now()); !begun)
    return to_caf(begun.error());
  return await_change({request.server(), false, {}, {}});
}

caf::result<m::RaftServersChanged> raft_peer_state::on_remove_server(
    const m::RemoveRaftServer& request) {
  if (auto begun = core_->remove_server({request.id()}); !begun)
    return to_caf(begun.error());
  m::RaftServer server;
  server.set_id(request.id());
  return await_change({std::move(server), true, {}, {}});
}

caf::result<m::RaftServersChanged> raft_peer_state::await_change(server_change wanted) {
  flush_soon();
  if (changes_.size() >= messages::limits::raft_server_changes_waiting_max)
    return to_caf({errc::unavailable, "too many changes of the servers wait"});
  auto promise = self_->make_response_promise<m::RaftServersChanged>();
  wanted.promise = promise;
  wanted.deadline = now() + messages::limits::raft_server_change_timeout;
  changes_.push_back(std::move(wanted));
  return promise;
}

// Unset: not known yet.
std::optional<messages::result<m::RaftServersChanged>> raft_peer_state::outcome_of(
    const server_change& wanted) {
  const auto& servers = core_->configuration().servers();
  const auto there = std::find_if(servers.begin(), servers.end(), [&](const m::RaftServer& one) {
    return one.id() == wanted.server.id();
  });
  const bool is_committed = core_->configuration_index() <= core_->status().commit_index;
  const bool is_as_wanted = wanted.removes ? there == servers.end()
                                           : there != servers.end() &&
                                                 there->non_voter() == wanted.server.non_voter() &&
                                                 there->address() == wanted.server.address();
  if (is_committed && is_as_wanted) {
    m::RaftServersChanged changed;
    changed.set_configuration_index(core_->configuration_index().value);
    return changed;
  }
  if (core_->status().role != role_name::leader)
    return failure{errc::failed, "leadership lost while changing the servers"};
  if (is_committed && core_->catching_up() != server_id{wanted.server.id()})
    return failure{errc::unavailable, "the server was not heard of and stays without a vote"};
  if (now() >= wanted.deadline)
    return failure{errc::timed_out, "the servers could not be changed in time"};
  return std::nullopt;
}

void raft_peer_state::settle_changes() {
  std::erase_if(changes_, [this](server_change& wanted) {
    const auto outcome = outcome_of(wanted);
    if (!outcome)
      return false;
    if (*outcome)
      wanted.promise.deliver(**outcome);
    else
      wanted.promise.deliver(to_caf(outcome->error()));
    return true;
  });
}

caf::result<m::RaftLeadershipTransferred> raft_peer_state::on_transfer(
    const m::TransferRaftLeadership& request) {
  std::optional<server_id> to;
  if (!request.id().empty())
    to = server_id{request.id()};
  if (auto begun = core_->transfer_leadership(to, now()); !begun)
    return to_caf(begun.error());
  auto promise = self_->make_response_promise<m::RaftLeadershipTransferred>();
  transfers_.push_back(promise);
  flush_soon();
  return promise;
}

void raft_peer_state::settle_transfers() {
  if (transfers_.empty() || core_->is_handing_over())
    return;
  const bool leads_on = core_->status().role == role_name::leader;
  for (auto& promise : std::exchange(transfers_, {})) {
    if (leads_on)
      promise.deliver(to_caf({errc::failed, "leadership transfer timeout"}));
    else
      promise.deliver(m::RaftLeadershipTransferred{});
  }
}

// -- snapshots: to a follower --------------------------------------------------------

// What cannot be read is not sent; the core asks again.
void raft_peer_state::read_piece(wanted_piece wanted) {
  m::ReadSnapshotPiece request;
  request.set_server(wanted.message.to());
  request.set_offset(wanted.offset);
  self_->request(needs_->snapshot_mover, caf::infinite, std::move(request))
      .then(
          [this, message = std::move(wanted.message)](m::SnapshotPiece& piece) mutable {
            auto& body = *message.mutable_install_snapshot();
            body.set_last_index(piece.index());
            body.set_last_term(piece.term());
            body.set_data(std::move(*piece.mutable_data()));
            body.set_done(piece.done());
            needs_->send_to_server(std::move(message));
          },
          [](const caf::error&) {});
}

// -- snapshots: from the leader --------------------------------------------------------

void raft_peer_state::store_piece(received_piece piece) {
  m::StoreSnapshotPiece request;
  request.set_offset(piece.offset);
  request.set_data(std::move(piece.data));
  self_->request(needs_->snapshot_mover, caf::infinite, std::move(request))
      .then([this, reception = piece.reception, is_last = piece.is_last, snapshot = piece.snapshot](
                const m::SnapshotPieceStored&) { on_piece_stored(reception, is_last, snapshot); },
            [this, reception = piece.reception](const caf::error&) { on_piece_failed(reception); });
}

void raft_peer_state::on_piece_stored(reception_number reception, bool is_last,
                                      log_position snapshot) {
  if (is_last)
    to_install_ = installation{reception, snapshot};
  else
    core_->on_piece_stored(reception);
  carry_out();
}

// What is being written or applied is of the log that goes. Nothing of it begins anew: the core
// takes no entries, and apply_next() waits.
void raft_peer_state::install_when_quiet() {
  if (!to_install_ || writing_ || next_write_ || applying_)
    return;
  const auto what = *std::exchange(to_install_, std::nullopt);
  m::InstallReceived request;
  request.set_index(what.snapshot.index.value);
  request.set_term(what.snapshot.term.value);
  self_->request(needs_->state_machine, caf::infinite, std::move(request))
      .then([this](const m::SnapshotInstalled& installed) { on_installed(installed); },
            [this, what](const caf::error&) { on_piece_failed(what.reception); });
}

void raft_peer_state::on_installed(const m::SnapshotInstalled& installed) {
  const log_position snapshot{{installed.index()}, {installed.term()}};
  core_->on_snapshot_installed(snapshot, installed.configuration(),
                               {installed.configuration_index()});
  applied_ = committed_ = snapshot.index;
  needs_->shared->applied(applied_.value);
  answer_applied_reads();
  carry_out();
}

void raft_peer_state::on_piece_failed(reception_number reception) {
  core_->on_piece_failed(reception);
  apply_next();
  carry_out();
}

}  // namespace troupe::actors::raft
