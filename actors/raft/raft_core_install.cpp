// A follower far behind is sent a snapshot in place of entries that were cut off (5): both sides.
#include <string>
#include <utility>

#include "actors/raft/raft_core.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::log_index;
using messages::RaftMessage;

// -- the leader ---------------------------------------------------------------

void raft_core::send_snapshot(const std::string& to, follower_progress& progress, time_point now) {
  if (!progress.may_send_piece(now, options_.election_timeout_max))
    return;
  wanted_piece wanted;
  wanted.offset = progress.transfer_offset();
  wanted.message.set_from(options_.self.value);
  wanted.message.set_to(to);
  auto& request = *wanted.message.mutable_install_snapshot();
  request.set_term(hard_state_.term());
  request.set_offset(wanted.offset);
  request.set_transfer(progress.transfer_number());
  request.set_sent_at_ns(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  request.set_read_round(std::get<leader>(role_).read_round);
  output_.wanted_pieces.push_back(std::move(wanted));
  progress.piece_sent(now);
}

void raft_core::on_install_snapshot_reply(const std::string& from,
                                          const messages::InstallSnapshotReply& reply,
                                          time_point now) {
  auto* progress = answering(from, reply.term(), now);
  if (!progress)
    return;
  const time_point sent_at{nanoseconds{reply.sent_at_ns()}};
  if (reply.last_index() > log_.last().index.value || sent_at > now) {
    ++ignored_.malformed;
    return;
  }
  progress->echoed(sent_at, reply.read_round());
  const bool is_current =
      progress->is_installing() && progress->transfer_number() == reply.transfer();
  if (reply.done()) {
    progress->accepted({reply.last_index()});
    if (is_current)
      progress->end_snapshot();
    advance_commit();
    advance_catch_up(from, now);
  } else if (is_current && reply.next_offset() == 0) {
    // It knows nothing of what came before. A new number, lest pieces of two files mix.
    if (progress->transfer_offset() > 0)
      progress->begin_snapshot(++std::get<leader>(role_).transfers);
  } else if (!progress->piece_stored(reply.transfer(), reply.next_offset())) {
    ++ignored_.stale;
  }
  release_reads();
}

// -- the follower -------------------------------------------------------------

void raft_core::on_install_snapshot(const std::string& from,
                                    const messages::InstallSnapshot& request, time_point now) {
  if (request.term() < hard_state_.term())
    return answer_snapshot(from, request, 0, false);  // its sender then learns of our term
  const log_position snapshot{{request.last_index()}, {request.last_term()}};
  if (is_rival(request.term()) || snapshot.term.value > request.term() ||
      snapshot.index.value == 0) {
    ++ignored_.malformed;
    return;
  }
  heard_of_leader(from, request.term(), now);
  if (is_installing()) {
    ++ignored_.snapshot;
    return;
  }
  if (snapshot.index <= commit_index_ || log_.holds(snapshot)) {
    commit_to(snapshot.index);  // a snapshot holds nothing else
    return answer_snapshot(from, request, 0, true);
  }
  const bool goes_on = receiving_ && receiving_->from == from &&
                       receiving_->term == request.term() &&
                       receiving_->transfer == request.transfer() &&
                       receiving_->snapshot == snapshot;  // a first piece sent again may be newer
  if (!goes_on) {
    if (request.offset() != 0)
      return answer_snapshot(from, request, 0, false);
    receiving_.emplace();
    receiving_->number = {++last_reception_.value};
    receiving_->from = from;
    receiving_->term = request.term();
    receiving_->transfer = request.transfer();
    receiving_->snapshot = snapshot;
  }
  if (receiving_->is_storing) {
    ++ignored_.snapshot;
    return;
  }
  if (request.offset() != receiving_->next_offset)
    return answer_snapshot(from, request, receiving_->next_offset, false);
  take_piece(request);
}

void raft_core::take_piece(const messages::InstallSnapshot& request) {
  receiving_->is_storing = true;
  receiving_->installs = request.done();
  receiving_->storing_bytes = request.data().size();
  output_.piece = received_piece{.reception = receiving_->number,
                                 .offset = request.offset(),
                                 .data = request.data(),
                                 .is_last = request.done(),
                                 .snapshot = receiving_->snapshot};
  installing_request_ = request;
  installing_request_.clear_data();
}

void raft_core::on_piece_stored(reception_number number) {
  if (!receiving_ || receiving_->number != number || receiving_->installs)
    return;
  receiving_->is_storing = false;
  receiving_->next_offset += receiving_->storing_bytes;
  answer_snapshot(receiving_->from, installing_request_, receiving_->next_offset, false);
}

void raft_core::on_snapshot_installed(log_position snapshot, messages::RaftConfiguration servers,
                                      log_index servers_index) {
  ensure(is_installing() && snapshot.index > commit_index_);
  const auto from = std::exchange(receiving_, std::nullopt)->from;
  log_.reset_to(snapshot);
  commit_index_ = snapshot.index;
  told_committed_ = snapshot.index;
  servers_ = configuration_history(servers_index, std::move(servers));
  answer_snapshot(from, installing_request_, 0, true);
}

// Not answered: after a while the leader sends that piece again and then hears that it is the first
// one that is wanted. So a disk that is full is not tried without a pause.
void raft_core::on_piece_failed(reception_number number) {
  if (receiving_ && receiving_->number == number)
    receiving_.reset();
}

// `done` promises, as an answer to entries does, that all up to the snapshot's last is durable.
void raft_core::answer_snapshot(const std::string& to, const messages::InstallSnapshot& request,
                                std::uint64_t next_offset, bool done) {
  RaftMessage message;
  auto& reply = *message.mutable_install_snapshot_reply();
  reply.set_term(hard_state_.term());
  reply.set_next_offset(next_offset);
  reply.set_done(done);
  reply.set_transfer(request.transfer());
  reply.set_last_index(request.last_index());
  echo(request, reply);
  const bool is_durable = log_index{request.last_index()} <= log_.durable_index();
  if (!done || (is_durable && hard_state_is_durable()))
    send_now(to, std::move(message));
  else
    send_once_durable(to, std::move(message));
}

}  // namespace troupe::actors::raft
