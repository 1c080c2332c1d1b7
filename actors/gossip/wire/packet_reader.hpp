// From a datagram's bytes to the messages in it: label, decryption, checksum, decompression,
// compound. A packet allocates nothing once the buffers have grown. Hostile bytes cost at most
// limits::gossip_packet_* of work and memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "actors/gossip/wire/frame_settings.hpp"
#include "actors/gossip/wire/packet_buffers.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

// What was read. The views hold until the buffers are used again, and as long as the datagram's
// bytes.
struct packet {
  frame_error why = frame_error::none;            // of the whole packet; there are no messages then
  std::span<const packet_message> messages = {};  // in order
  std::size_t dropped = 0;                        // parts that did not decode, or of unknown types
  frame_error first_drop = frame_error::none;
};

class packet_reader {
 public:
  // `ring` is null if encryption is off; it must outlive the reader.
  packet_reader(const frame_settings& settings, keyring* ring,
                std::shared_ptr<packet_buffers> buffers = std::make_shared<packet_buffers>());

  packet read(std::string_view datagram);

 private:
  frame_error open_layers(std::string_view datagram, std::string_view& inner);
  void take(std::string_view message, int depth);
  void take_compound(std::string_view body, int depth);
  void take_compressed(std::string_view body, int depth);
  void drop(frame_error why);

  std::string label_;
  bool verifies_incoming_;
  keyring* ring_;
  std::shared_ptr<packet_buffers> buffers_;
  std::size_t unpacked_used_ = 0;
  std::size_t unpacked_bytes_ = 0;  // of this packet
  std::size_t parts_ = 0;           // looked at in this packet
  std::size_t dropped_ = 0;
  frame_error first_drop_ = frame_error::none;
};

}  // namespace troupe::actors::gossip::wire
