// What is under way in a gossip_world. For its own sources only.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/gossip_scale/gossip_world.hpp"

namespace troupe::gossip_scale {

namespace event_kinds {
inline constexpr std::uint32_t wake = 0;    // of a member
inline constexpr std::uint32_t packet = 1;  // a flight arrives
inline constexpr std::uint32_t stream = 2;  // a stream's next leg ends
inline constexpr std::uint32_t action = 3;  // of the experiment
inline constexpr std::uint32_t serve = 4;   // a member is free for what waits
}  // namespace event_kinds

// A datagram in the air, or held back.
struct gossip_world::flight {
  member_number from = swim::no_member;
  member_number to = swim::no_member;
  swim::primary_message primary;
  std::vector<swim::update> updates;  // its memory is used again
};

enum class stream_kind : std::uint8_t { ping, push_pull };

// A stream: asked at first, then answered.
struct gossip_world::stream_journey {
  stream_kind kind = stream_kind::ping;
  member_number from = swim::no_member;  // who opened it
  member_number to = swim::no_member;
  swim::sequence_number sequence{};  // of a ping
  time_point deadline = time_point::max();
  std::uint32_t from_life = 0;
  bool is_answer = false;
  std::vector<swim::remote_record> records{};  // of a push/pull: what is under way

  member_number receiver() const { return is_answer ? from : to; }
};

}  // namespace troupe::gossip_scale
