#include "actors/raft/follower_progress.hpp"

#include <algorithm>

namespace troupe::actors::raft {

using messages::log_index;

void follower_progress::sent(log_index last_sent) {
  if (!replicating_) {
    probe_under_way_ = true;
    return;
  }
  in_flight_.push_back(last_sent);
  next_ = {last_sent.value + 1};
}

void follower_progress::echoed(time_point send_time, std::uint64_t read_round) {
  echoed_send_time_ = std::max(echoed_send_time_, send_time);
  echoed_read_round_ = std::max(echoed_read_round_, read_round);
}

void follower_progress::accepted(log_index match) {
  match_ = std::max(match_, match);
  next_ = std::max(next_, log_index{match_.value + 1});
  while (!in_flight_.empty() && in_flight_.front() <= match_)
    in_flight_.pop_front();
  if (!replicating_ && !transfer_) {
    replicating_ = true;
    probe_under_way_ = false;
    next_ = {match_.value + 1};
  }
}

bool follower_progress::refused(log_index refused_prev, log_index hint) {
  const bool overtaken = transfer_ || refused_prev <= match_ ||
                         (!replicating_ && refused_prev.value + 1 != next_.value);
  if (overtaken)
    return false;
  replicating_ = false;
  probe_under_way_ = false;
  in_flight_.clear();
  next_ = std::clamp(hint, log_index{match_.value + 1}, refused_prev);
  return true;
}

void follower_progress::piece_sent(time_point now) {
  transfer_->under_way = true;
  transfer_->sent_at = now;
}

bool follower_progress::piece_stored(std::uint64_t number, std::uint64_t next_offset) {
  if (!transfer_ || transfer_->number != number || next_offset < transfer_->offset)
    return false;
  transfer_->under_way = next_offset == transfer_->offset && transfer_->under_way;
  transfer_->offset = next_offset;
  return true;
}

void follower_progress::end_snapshot() {
  transfer_.reset();
  in_flight_.clear();
  replicating_ = true;
  probe_under_way_ = false;
  next_ = {match_.value + 1};
}

}  // namespace troupe::actors::raft
