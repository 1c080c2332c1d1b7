#include <fmt/format.h>

#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/serf/serf_core_state.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

using namespace messages;

bool serf_core::state::on_user_event(const wire::user_event& event) {
  user_event heard{std::string{event.name}, std::string{event.payload}, lamport_time{event.ltime},
                   event.coalesces};
  switch (events.take(heard)) {
    case event_buffer::verdict::fresh:
      if (snapshot)
        snapshot->on_event_time(heard.ltime);
      output.user_events.push_back(std::move(heard));
      return true;
    case event_buffer::verdict::known:
      return false;
    case event_buffer::verdict::old:
    case event_buffer::verdict::full:
      ++counts.old_events;
      return false;
  }
  return false;
}

void serf_core::state::merge_events(const wire::push_pull_state& theirs) {
  for (const wire::event_slot& slot : theirs.events) {
    for (const auto& event : slot.events)
      on_user_event({slot.ltime, event.name, event.payload, false});
  }
}

result<lamport_time> serf_core::fire_event(std::string_view name, std::string_view payload,
                                           bool coalesce, time_point) {
  state& s = *state_;
  const std::size_t bytes_max = s.settings.user_event_bytes_max;
  if (name.size() + payload.size() > bytes_max)
    return failure{
        errc::too_large,
        fmt::format("user event exceeds configured limit of {} bytes before encoding", bytes_max)};
  const wire::user_event event{s.events.clock().now().value, name, payload, coalesce};
  std::string encoded = wire::encode(event);
  if (encoded.size() > bytes_max)
    return failure{
        errc::too_large,
        fmt::format("user event exceeds configured limit of {} bytes after encoding", bytes_max)};
  // A clock recovered from the snapshot may stand at the minimum, never before it.
  s.on_user_event(event);
  s.broadcast(s.event_queue, encoded);
  return lamport_time{event.ltime};
}

}  // namespace troupe::actors::gossip::serf
