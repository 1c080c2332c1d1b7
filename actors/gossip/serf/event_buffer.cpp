#include "actors/gossip/serf/event_buffer.hpp"

#include <algorithm>
#include <numeric>

namespace troupe::actors::gossip::serf {

namespace limits = messages::limits;

namespace {

std::size_t bytes_of(const user_event& event) {
  return event.name.size() + event.payload.size();
}

bool is_same(const user_event& a, const user_event& b) {
  return a.name == b.name && a.payload == b.payload;
}

}  // namespace

bool is_behind(lamport_time ltime, const lamport_clock& clock) {
  const std::uint64_t now = clock.now().value;
  return now > limits::event_buffer_slots && ltime.value < now - limits::event_buffer_slots;
}

event_buffer::verdict event_buffer::take(const user_event& event) {
  clock_.witness(event.ltime);
  if (event.ltime < min_ || is_behind(event.ltime, clock_))
    return verdict::old;
  slot& into = slots_[event.ltime.value % limits::event_buffer_slots];
  if (into.ltime != event.ltime) {
    for (const user_event& gone : into.events)
      bytes_ -= bytes_of(gone);
    into = {event.ltime, {}};
  }
  if (std::any_of(into.events.begin(), into.events.end(),
                  [&](const user_event& known) { return is_same(known, event); }))
    return verdict::known;
  if (!has_room(into, event))
    return verdict::full;
  bytes_ += bytes_of(event);
  into.events.push_back(event);
  return verdict::fresh;
}

bool event_buffer::has_room(const slot& into, const user_event& event) const {
  return into.events.size() < limits::events_per_slot_max &&
         bytes_ + bytes_of(event) <= limits::event_buffer_bytes_max;
}

}  // namespace troupe::actors::gossip::serf
