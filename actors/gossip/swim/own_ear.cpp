#include "actors/gossip/swim/own_ear.hpp"

#include <algorithm>

namespace troupe::actors::gossip::swim {

bool own_ear::wants_ping(time_point due, time_point now) {
  if (!wanted_)
    return false;
  if (!waits_)
    return state_ == state::untried || (due <= now && heard_until_ < due);
  if (now < last_sent_ + retry_)
    return false;
  if (now - first_sent_ < (state_ == state::works ? patience_ : retry_))
    return true;
  state_ = state::deaf;
  waits_ = false;
  return false;
}

void own_ear::sent(sequence_number sequence, time_point now) {
  if (!waits_)
    first_sent_ = now;
  waits_ = true;
  sequence_ = sequence;
  last_sent_ = now;
}

bool own_ear::hears(sequence_number sequence) {
  if (!wanted_ || sequence != sequence_)
    return false;
  // A second copy says nothing of a later time.
  heard_until_ = std::max(heard_until_, first_sent_);
  state_ = state::works;
  waits_ = false;
  return true;
}

void own_ear::not_sent(sequence_number sequence) {
  if (!waits_ || sequence != sequence_)
    return;
  state_ = state::deaf;
  waits_ = false;
}

time_point own_ear::next_deadline(time_point due) const {
  if (!wanted_ || has_heard_until(due))
    return due;
  return waits_ ? std::max(due, last_sent_ + retry_) : due;
}

}  // namespace troupe::actors::gossip::swim
