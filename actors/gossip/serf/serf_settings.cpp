#include "actors/gossip/serf/serf_settings.hpp"

#include <fmt/format.h>

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;
using namespace std::chrono_literals;

failure out_of_range(std::string_view what) {
  return {errc::bad_request, fmt::format("{} is out of its range", what)};
}

serf_settings consul_pool() {
  serf_settings made;
  made.leave_propagate_delay = 3s;
  made.reconnect_timeout = 72h;
  made.reconnect_timeout_tag = "rc_tm";
  return made;
}

}  // namespace

serf_settings consul_lan() {
  return consul_pool();
}

serf_settings consul_wan() {
  serf_settings made = consul_pool();
  made.gossip_interval = 500ms;
  made.keeps_coordinates = true;
  return made;
}

result<void> validate(const serf_settings& settings) {
  if (settings.node_name.empty())
    return out_of_range("a pool member's name");
  const std::pair<const char*, nanoseconds> positive[] = {
      {"broadcast_timeout", settings.broadcast_timeout},
      {"reap_interval", settings.reap_interval},
      {"reconnect_interval", settings.reconnect_interval},
      {"reconnect_timeout", settings.reconnect_timeout},
      {"tombstone_timeout", settings.tombstone_timeout},
      {"recent_intent_timeout", settings.recent_intent_timeout},
      {"gossip_interval", settings.gossip_interval},
  };
  for (const auto& [name, value] : positive) {
    if (value <= nanoseconds{0})
      return out_of_range(name);
  }
  if (settings.leave_propagate_delay < nanoseconds{0})
    return out_of_range("leave_propagate_delay");
  if (settings.retransmit_multiplier < 1 || settings.retransmit_multiplier > 1000)
    return out_of_range("retransmit_multiplier");
  if (settings.query_timeout_multiplier < 1 || settings.query_timeout_multiplier > 1000)
    return out_of_range("query_timeout_multiplier");
  if (settings.user_event_bytes_max > limits::user_event_bytes_limit)
    return failure{errc::bad_request, fmt::format("user event size limit exceeds limit of {} bytes",
                                                  limits::user_event_bytes_limit)};
  return {};
}

}  // namespace troupe::actors::gossip::serf
