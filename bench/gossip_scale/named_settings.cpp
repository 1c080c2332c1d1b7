#include "bench/gossip_scale/named_settings.hpp"

#include <map>

namespace troupe::gossip_scale {

using actors::gossip::swim::swim_settings;

namespace {

// The baseline with these parts of Lifeguard.
struct parts {
  bool probe = false;
  bool suspicion = false;
  bool buddy = false;
};

swim_settings paper_with(const parts& on) {
  auto made = swim_settings::paper();
  made.lifeguard.local_health_probe = on.probe;
  made.lifeguard.local_health_suspicion = on.suspicion;
  made.lifeguard.buddy_system = on.buddy;
  return made;
}

}  // namespace

std::optional<swim_settings> settings_named(std::string_view name) {
  static const std::map<std::string_view, swim_settings> known = {
      {"swim", swim_settings::paper_swim()},
      {"lha-probe", paper_with({.probe = true})},
      {"lha-suspicion", paper_with({.suspicion = true})},
      {"buddy", paper_with({.buddy = true})},
      {"lifeguard", swim_settings::paper()},
      {"lan", swim_settings::lan()},
      {"wan", swim_settings::wan()},
      {"local", swim_settings::local()},
      {"development", swim_settings::development()},
  };
  const auto found = known.find(name);
  return found == known.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace troupe::gossip_scale
