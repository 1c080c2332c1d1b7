// What packets are packed into and unpacked from, kept for the next ones. Readers and writers that
// work one after the other may share one: a pool of a thousand members in a process has one, not a
// thousand.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

struct packet_buffers {
  // A reader's.
  std::string decrypted = {};
  std::deque<std::string> unpacked = {};  // one a compressed layer; views point into them
  std::vector<packet_message> messages = {};
  // A writer's.
  std::string parts = {};                   // back to back
  std::vector<std::uint16_t> lengths = {};  // of each
  std::array<std::string, 2> layers = {};
};

}  // namespace troupe::actors::gossip::wire
