// What an agent's members say of themselves, for pools that are to weigh what agents' pools do.
#pragma once

#include <cstdint>
#include <string>

#include "actors/gossip/wire/tags.hpp"

namespace troupe::gossip_scale {

enum class agent_release : std::uint8_t {
  today,
  of_the_paper,  // Consul 0.8, the latest when the Lifeguard paper came out (July 2017)
};

// A client agent's tags; the id, which does not compress, is the member's own.
actors::gossip::wire::tag_map agent_tags(std::uint32_t member,
                                         agent_release release = agent_release::today);

// An ack's payload: that member's coordinate.
std::string agent_coordinate(std::uint32_t member);

}  // namespace troupe::gossip_scale
