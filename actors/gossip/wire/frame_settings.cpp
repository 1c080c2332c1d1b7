#include "actors/gossip/wire/frame_settings.hpp"

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::size_t compound_head_bytes = 2;  // type and count
constexpr std::size_t label_head_bytes = 2;     // type and length

}  // namespace

bool is_encrypting(const frame_settings& settings, const keyring* ring) {
  return settings.encrypts_outgoing && ring != nullptr && !ring->empty();
}

std::size_t piggyback_room(const frame_settings& settings, const keyring* ring,
                           std::size_t first_bytes) {
  std::size_t taken = first_bytes + compound_head_bytes;
  if (!settings.label.empty())
    taken += label_head_bytes + settings.label.size();
  if (is_encrypting(settings, ring))
    taken += keyring::overhead_bytes(settings.version);
  return taken < settings.packet_bytes_max ? settings.packet_bytes_max - taken : 0;
}

const char* to_text(frame_error why) {
  switch (why) {
    case frame_error::none:
      return "no error";
    case frame_error::bad_label:
      return "label is missing, another or not expected";
    case frame_error::undecryptable:
      return "no installed keys could decrypt the message";
    case frame_error::unencrypted:
      return "encryption is configured but remote state is not encrypted";
    case frame_error::unexpected_encryption:
      return "remote state is encrypted and encryption is not configured";
    case frame_error::bad_checksum:
      return "checksum does not match";
    case frame_error::truncated:
      return "message ends too early";
    case frame_error::malformed:
      return "message does not decode";
    case frame_error::unknown_type:
      return "message type is not known";
    case frame_error::too_deep:
      return "too many layers";
    case frame_error::too_large:
      return "message is too large";
  }
  return "";
}

}  // namespace troupe::actors::gossip::wire
