#include "actors/link/link_core.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors::link {

std::string_view name_of(link_state state) {
  switch (state) {
    case link_state::dialling:
      return "dialling";
    case link_state::up:
      return "up";
    case link_state::backing_off:
      return "backing_off";
    case link_state::idle:
      break;
  }
  return "idle";
}

bool link_core::want(time_point now) {
  last_wanted_ = now;
  if (state_ == link_state::idle || (state_ == link_state::backing_off && now >= due_))
    dial(now);
  if (state_ == link_state::backing_off)
    wanted_again_ = true;
  return state_ != link_state::backing_off;
}

void link_core::on_up(time_point now) {
  state_ = link_state::up;
  up_since_ = now;
  last_wanted_ = std::max(last_wanted_, now);
  pings_unanswered_ = 0;
  ping_due_ = now + options_.ping_interval;
  wanted_again_ = false;
}

void link_core::on_pong(time_point) {
  pings_unanswered_ = 0;
}

void link_core::on_lost(time_point now) {
  if (state_ == link_state::up && now - up_since_ > options_.backoff_max)
    backoff_ = nanoseconds{0};  // one that stood is no sign of a node that cannot be reached
  if (state_ != link_state::idle && state_ != link_state::backing_off)
    back_off(now);
}

void link_core::tick(time_point now) {
  switch (state_) {
    case link_state::idle:
      return;
    case link_state::dialling:
      if (now >= due_)
        give_up(link_output::reason::timed_out, now);
      return;
    case link_state::backing_off:
      if (now < due_)
        return;
      if (std::exchange(wanted_again_, false))
        dial(now);
      else
        state_ = link_state::idle;
      return;
    case link_state::up:
      break;
  }
  if (now < ping_due_)
    return;
  if (now - last_wanted_ >= options_.idle_timeout) {
    state_ = link_state::idle;
    backoff_ = nanoseconds{0};
    output_.hang_up = link_output::reason::unused;
    return;
  }
  if (pings_unanswered_ >= options_.pings_missed_max)
    return give_up(link_output::reason::missed_pings, now);
  ++pings_unanswered_;
  output_.ping = true;
  // A shell that was late does not catch up: a peer must have its time to answer.
  ping_due_ = now + options_.ping_interval;
}

link_output link_core::take_output() {
  return std::exchange(output_, {});
}

time_point link_core::next_deadline() const {
  switch (state_) {
    case link_state::idle:
      return time_point::max();
    case link_state::up:
      return ping_due_;
    default:
      return due_;
  }
}

void link_core::dial(time_point now) {
  state_ = link_state::dialling;
  wanted_again_ = false;
  due_ = now + options_.dial_timeout;
  output_.dial = true;
}

void link_core::give_up(link_output::reason why, time_point now) {
  on_lost(now);
  output_.hang_up = why;
}

// Doubling with jitter: nodes that lost the same peer at once do not come back at once.
void link_core::back_off(time_point now) {
  backoff_ = std::clamp(backoff_ * 2, options_.backoff_min, options_.backoff_max);
  std::uniform_int_distribution<std::int64_t> jitter(0, backoff_.count() / 2);
  state_ = link_state::backing_off;
  wanted_again_ = false;
  due_ = now + backoff_ + nanoseconds{jitter(*random_)};
}

}  // namespace troupe::actors::link
