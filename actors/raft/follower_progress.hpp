// How far one follower's log is known to agree with the leader's, and what may be sent to it next.
//
// Probing: where the logs agree is not known; one message with entries is under way at a time, and
// if it is lost, the answer to a heartbeat stands in for its answer. Replicating: it is known;
// messages follow one another without waiting for answers, a bounded number of them. A lost message
// shows as a refusal of a later one, or of the next heartbeat, and leads back to probing.
// Installing: it needs entries that were cut off and is sent a snapshot instead, a piece at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "messages/ids.hpp"

namespace troupe::actors::raft {

class follower_progress {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `next`: the leader's guess, the entry after its own last one.
  explicit follower_progress(messages::log_index next) : next_(next) {}

  messages::log_index match_index() const { return match_; }  // never decreases
  messages::log_index next_index() const { return next_; }
  bool is_replicating() const { return replicating_; }
  // The newest leader's send time that the follower echoed; min(): none yet.
  time_point echoed_send_time() const { return echoed_send_time_; }
  std::uint64_t echoed_read_round() const { return echoed_read_round_; }

  // Whether a message with entries may be sent now.
  bool may_send(std::size_t in_flight_max) const {
    if (transfer_)
      return false;
    return replicating_ ? in_flight_.size() < in_flight_max : !probe_under_way_;
  }

  // A message whose last entry has this index has been sent. Heartbeats do not count.
  void sent(messages::log_index last_sent);
  // A message said that so much is committed.
  void told(messages::log_index committed) {
    told_committed_ = std::max(told_committed_, committed);
  }
  // Its state lags for no reason but that nobody told it: its readers wait for that.
  bool must_hear_of(messages::log_index committed) const {
    return replicating_ && in_flight_.empty() && match_ > told_committed_ &&
           committed > told_committed_;
  }
  // The follower spoke in the leader's term, whether it agreed or not.
  void echoed(time_point send_time, std::uint64_t read_round);
  // The logs agree up to here.
  void accepted(messages::log_index match);
  // They do not agree at `refused_prev`, but may at the entry before `hint`. False: an answer that
  // was overtaken by later ones; nothing changed.
  bool refused(messages::log_index refused_prev, messages::log_index hint);

  // -- installing ----------------------------------------------------------

  bool is_installing() const { return transfer_.has_value(); }
  // `number` differs from that of every other transfer of this leader.
  void begin_snapshot(std::uint64_t number) {
    transfer_.emplace();
    transfer_->number = number;
  }
  std::uint64_t transfer_number() const { return transfer_->number; }
  std::uint64_t transfer_offset() const { return transfer_->offset; }
  // Whether the next piece may be sent, or the last one again because its answer stays away.
  bool may_send_piece(time_point now, std::chrono::nanoseconds patience) const {
    return !transfer_->under_way || now >= transfer_->sent_at + patience;
  }
  void piece_sent(time_point now);
  // The follower has all before this offset. False: of another transfer.
  bool piece_stored(std::uint64_t number, std::uint64_t next_offset);
  // It has what the snapshot stands for, or needs none any more.
  void end_snapshot();

 private:
  struct snapshot_transfer {
    std::uint64_t number = 0;
    std::uint64_t offset = 0;
    bool under_way = false;  // a piece that is not answered yet
    time_point sent_at;
  };

  messages::log_index match_{};
  messages::log_index next_;
  messages::log_index told_committed_{};
  bool replicating_ = false;
  bool probe_under_way_ = false;
  std::deque<messages::log_index> in_flight_;  // replicating: last entries of unanswered messages
  std::optional<snapshot_transfer> transfer_;
  time_point echoed_send_time_ = time_point::min();
  std::uint64_t echoed_read_round_ = 0;
};

}  // namespace troupe::actors::raft
