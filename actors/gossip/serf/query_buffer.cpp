#include "actors/gossip/serf/query_buffer.hpp"

#include <algorithm>

#include "actors/gossip/serf/event_buffer.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace limits = messages::limits;

query_buffer::verdict query_buffer::take(lamport_time ltime, query_id id) {
  clock_.witness(ltime);
  if (ltime < min_ || is_behind(ltime, clock_))
    return verdict::old;
  slot& into = slots_[ltime.value % limits::event_buffer_slots];
  if (into.ltime != ltime)
    into = {ltime, {}};
  if (std::find(into.ids.begin(), into.ids.end(), id) != into.ids.end())
    return verdict::known;
  if (into.ids.size() >= limits::events_per_slot_max)
    return verdict::full;
  into.ids.push_back(id);
  return verdict::fresh;
}

}  // namespace troupe::actors::gossip::serf
