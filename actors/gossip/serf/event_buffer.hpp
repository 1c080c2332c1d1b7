// The user events of the last Lamport times, so that each is delivered once, and so that a
// push/pull can hand them to a member that was away. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

class event_buffer {
 public:
  // `min`: events of an earlier time are old.
  explicit event_buffer(lamport_time min) : min_(min) {}

  enum class verdict : std::uint8_t {
    fresh,
    known,  // delivered before
    old,    // before the minimum, or behind the buffer: cannot be told from a known one
    full,   // too many of one time, or too large a buffer: dropped
  };
  // Witnesses the event's time and keeps the event if it is fresh.
  verdict take(const user_event& event);

  // Raises the minimum, as a join that asks for no old events does.
  void ignore_before(lamport_time min) { min_ = std::max(min_, min); }

  lamport_clock& clock() { return clock_; }
  const lamport_clock& clock() const { return clock_; }

  struct slot {
    lamport_time ltime;
    std::vector<user_event> events;
  };
  // By slot number: time modulo limits::event_buffer_slots.
  const std::map<std::size_t, slot>& slots() const { return slots_; }

 private:
  bool has_room(const slot& into, const user_event& event) const;

  lamport_clock clock_;
  lamport_time min_;
  std::map<std::size_t, slot> slots_;
  std::size_t bytes_ = 0;  // of names and payloads
};

// Whether a message of this time is too old for a buffer of limits::event_buffer_slots times.
bool is_behind(lamport_time ltime, const lamport_clock& clock);

}  // namespace troupe::actors::gossip::serf
