#include "bench/gossip_scale/agent_words.hpp"

#include <random>

#include <fmt/format.h>

#include "actors/gossip/wire/coordinate_payload.hpp"

namespace troupe::gossip_scale {

namespace wire = actors::gossip::wire;
using prng = std::mt19937_64;

wire::tag_map agent_tags(std::uint32_t member, agent_release release) {
  prng random{member};
  const auto high = random();
  const auto low = random();
  wire::tag_map made{
      {"role", "node"},
      {"dc", "dc1"},
      {"vsn_min", "2"},
      {"vsn", "2"},
      {"vsn_max", "3"},
      {"id", fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                         high & 0xffff, low >> 48, low & 0xffffffffffff)}};
  if (release == agent_release::of_the_paper) {
    made["build"] = "0.8.1:'e9ca44d";
  } else {
    made["build"] = "1.22.7:";
    made["segment"] = "";
  }
  return made;
}

std::string agent_coordinate(std::uint32_t member) {
  prng random{~std::uint64_t{member}};
  const auto milliseconds = [&random] {
    return static_cast<double>(random() >> 11) / (std::uint64_t{1} << 53) / 1000;
  };
  wire::coordinate_payload made;
  for (auto& each : made.vec)
    each = milliseconds();
  made.error = milliseconds();
  made.adjustment = milliseconds();
  made.height = milliseconds();
  return wire::encode(made);
}

}  // namespace troupe::gossip_scale
