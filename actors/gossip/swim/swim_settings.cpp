#include "actors/gossip/swim/swim_settings.hpp"

#include <algorithm>
#include <cmath>

#include "actors/gossip/swim/suspicion_timers.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::swim {

using namespace std::chrono_literals;
using messages::errc;
using messages::failure;
using messages::result;

swim_settings swim_settings::lan() {
  return {};
}

swim_settings swim_settings::wan() {
  swim_settings made;
  made.probe_interval = 5s;
  made.probe_timeout = 3s;
  made.suspicion_multiplier = 6;
  made.push_pull_interval = 60s;
  made.growth_interval = 500ms;
  made.gossip_nodes = 4;
  made.gossip_interval = 500ms;
  made.gossip_to_the_dead_time = 60s;
  return made;
}

swim_settings swim_settings::local() {
  swim_settings made;
  made.indirect_checks = 1;
  made.retransmit_multiplier = 2;
  made.suspicion_multiplier = 3;
  made.push_pull_interval = 15s;
  made.probe_timeout = 200ms;
  made.gossip_interval = 100ms;
  made.gossip_to_the_dead_time = 15s;
  return made;
}

swim_settings swim_settings::development() {
  swim_settings made;
  made.suspicion_multiplier = 3;
  made.probe_interval = 100ms;
  made.probe_timeout = 100ms;
  made.gossip_interval = 100ms;
  return made;
}

swim_settings swim_settings::paper() {
  swim_settings made;
  made.suspicion_multiplier = 5;
  made.growth_interval = 0s;
  made.join_storm_wait = 0s;
  made.lifeguard = {.health_score_max = 8,
                    .stretches_probe_timeout = true,
                    .failed_probe_always_counts = true,
                    .nack_after = 0.8,
                    .confirmations_wanted = 3,
                    .listens_first = false,
                    .pings_again = false,
                    .settles_directly = false};
  made.damping = {.counts_refutations = false, .counts_returns = false};
  return made;
}

swim_settings swim_settings::paper_swim() {
  auto made = paper();
  made.lifeguard.local_health_probe = false;
  made.lifeguard.local_health_suspicion = false;
  made.lifeguard.buddy_system = false;
  return made;
}

int swim_settings::confirmations_wanted() const {
  if (!lifeguard.local_health_suspicion)
    return 0;
  if (lifeguard.confirmations_wanted >= 0)
    return lifeguard.confirmations_wanted;
  return std::clamp(static_cast<int>(suspicion_multiplier) - 2, 0, confirmations_max);
}

namespace {

struct range_check {
  const char* name;
  double value;
  double min;
  double max;
};

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

result<void> validate(const swim_settings& settings) {
  const auto& lifeguard = settings.lifeguard;
  const range_check checks[] = {
      {"probe interval (seconds)", seconds(settings.probe_interval), 0.001, 3600},
      {"probe timeout (seconds)", seconds(settings.probe_timeout), 0.001,
       seconds(settings.probe_interval)},
      {"indirect checks", static_cast<double>(settings.indirect_checks), 0, 64},
      {"suspicion multiplier", settings.suspicion_multiplier, 0.1, 1000},
      {"suspicion maximum multiplier", settings.suspicion_max_multiplier, 1, 1000},
      {"health score maximum", static_cast<double>(lifeguard.health_score_max), 0, 255},
      {"nack after", lifeguard.nack_after, 0.01, 1},
      {"confirmations wanted", static_cast<double>(lifeguard.confirmations_wanted), -1,
       confirmations_max},
      {"retransmit multiplier", static_cast<double>(settings.retransmit_multiplier), 1, 32},
      {"gossip nodes", static_cast<double>(settings.gossip_nodes), 0, 64},
      {"gossip interval (seconds)", seconds(settings.gossip_interval), 0.001, 3600},
      {"gossip to the dead (seconds)", seconds(settings.gossip_to_the_dead_time), 0, 1e6},
      {"push/pull interval (seconds)", seconds(settings.push_pull_interval), 0, 1e6},
      {"growth interval (seconds)", seconds(settings.growth_interval), 0, 3600},
      {"join storm wait (seconds)", seconds(settings.join_storm_wait), 0, 5},
      {"dead node reclaim time (seconds)", seconds(settings.dead_node_reclaim_time), 0, 1e6},
      {"packet size", static_cast<double>(settings.packet_bytes_max), 512,
       static_cast<double>(messages::limits::gossip_datagram_bytes_max)},
  };
  for (const auto& check : checks)
    // Written so that a NaN is refused.
    if (!(check.value >= check.min && check.value <= check.max))
      return failure{errc::bad_request, std::string{"gossip: "} + check.name + " must be between " +
                                            std::to_string(check.min) + " and " +
                                            std::to_string(check.max)};
  return {};
}

}  // namespace troupe::actors::gossip::swim
