// How one member frames what it sends and what it accepts: the same for packets and streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/gossip/wire/keyring.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

struct frame_settings {
  std::string label;              // at most 255 bytes; empty: none
  bool compresses = true;         // what is sent; anything is understood
  bool verifies_incoming = true;  // with keys: what is not encrypted is dropped
  bool encrypts_outgoing = true;  // with keys
  encryption_version version = encryption_version::plain;                // of what is sent
  std::size_t packet_bytes_max = messages::limits::gossip_packet_bytes;  // before layers
};

// Whether what is sent is encrypted. `ring` may be null.
bool is_encrypting(const frame_settings& settings, const keyring* ring);

// Bytes left of a packet's budget for messages that ride along with a first one of so many bytes;
// each takes its own length and 2 more.
std::size_t piggyback_room(const frame_settings& settings, const keyring* ring,
                           std::size_t first_bytes);
inline constexpr std::size_t piggyback_overhead_bytes = 2;       // of a message
inline constexpr std::size_t piggyback_user_overhead_bytes = 3;  // of a user message's payload

// Why bytes were not taken.
enum class frame_error : std::uint8_t {
  none = 0,
  bad_label,              // missing, another, or not expected
  undecryptable,          // no key opens it
  unencrypted,            // in the clear, though keys are set and incoming is verified
  unexpected_encryption,  // a stream is encrypted, but no keys are set
  bad_checksum,
  truncated,
  malformed,
  unknown_type,
  too_deep,   // layers within layers
  too_large,  // beyond a bound, also once unpacked
};
// For logs and for the error message that answers a stream; memberlist's words where it has some.
const char* to_text(frame_error why);

}  // namespace troupe::actors::gossip::wire
