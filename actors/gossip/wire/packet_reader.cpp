#include "actors/gossip/wire/packet_reader.hpp"

#include <utility>

#include <zlib.h>

#include "actors/gossip/wire/big_endian.hpp"
#include "actors/gossip/wire/compressed.hpp"
#include "actors/gossip/wire/label.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

constexpr std::size_t checksum_bytes = 4;

message_type type_of(std::string_view message) {
  return static_cast<message_type>(static_cast<std::uint8_t>(message.front()));
}

std::uint32_t checksum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace

packet_reader::packet_reader(const frame_settings& settings, keyring* ring,
                             std::shared_ptr<packet_buffers> buffers)
    : label_(settings.label),
      verifies_incoming_(settings.verifies_incoming),
      ring_(ring),
      buffers_(std::move(buffers)) {}

packet packet_reader::read(std::string_view datagram) {
  buffers_->messages.clear();
  parts_ = dropped_ = unpacked_used_ = unpacked_bytes_ = 0;
  first_drop_ = frame_error::none;
  std::string_view inner;
  if (const frame_error why = open_layers(datagram, inner); why != frame_error::none)
    return {.why = why};
  take(inner, 0);
  return {.messages = buffers_->messages, .dropped = dropped_, .first_drop = first_drop_};
}

// Label, encryption, checksum: each at most once and in this order.
frame_error packet_reader::open_layers(std::string_view datagram, std::string_view& inner) {
  if (datagram.size() > limits::gossip_datagram_bytes_max)
    return frame_error::too_large;
  if (!remove_label(datagram, label_))
    return frame_error::bad_label;
  inner = datagram;
  if (ring_ != nullptr && !ring_->empty()) {
    if (ring_->open(datagram, {label_}, buffers_->decrypted))
      inner = buffers_->decrypted;
    else if (verifies_incoming_)
      return frame_error::undecryptable;
  }
  if (inner.empty())
    return frame_error::truncated;
  if (type_of(inner) != message_type::has_checksum)
    return frame_error::none;
  if (inner.size() <= 1 + checksum_bytes)
    return frame_error::truncated;
  const std::uint64_t said = read_big_endian(inner.substr(1, checksum_bytes));
  inner.remove_prefix(1 + checksum_bytes);
  return said == checksum_of(inner) ? frame_error::none : frame_error::bad_checksum;
}

void packet_reader::drop(frame_error why) {
  if (dropped_++ == 0)
    first_drop_ = why;
}

void packet_reader::take(std::string_view message, int depth) {
  if (++parts_ > limits::gossip_packet_parts_max)
    return drop(frame_error::too_large);
  if (depth > limits::gossip_layers_max)
    return drop(frame_error::too_deep);
  if (message.empty())
    return drop(frame_error::truncated);
  const std::string_view body = message.substr(1);
  switch (type_of(message)) {
    case message_type::compound:
      return take_compound(body, depth);
    case message_type::compress:
      return take_compressed(body, depth);
    case message_type::ping:
    case message_type::indirect_ping:
    case message_type::ack:
    case message_type::nack:
    case message_type::suspect:
    case message_type::alive:
    case message_type::dead:
    case message_type::user:
      break;
    default:
      return drop(frame_error::unknown_type);
  }
  if (const auto decoded = decode(type_of(message), body))
    buffers_->messages.push_back(*decoded);
  else
    drop(frame_error::malformed);
}

// A count, so many lengths, the parts. What was cut off at the end is dropped, the whole parts are
// not.
void packet_reader::take_compound(std::string_view body, int depth) {
  constexpr std::size_t length_bytes = 2;
  if (body.empty())
    return drop(frame_error::truncated);
  const std::size_t count = static_cast<std::uint8_t>(body.front());
  std::string_view lengths = body.substr(1);
  if (lengths.size() < count * length_bytes)
    return drop(frame_error::truncated);
  std::string_view parts = lengths.substr(count * length_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = read_big_endian(lengths.substr(i * length_bytes, length_bytes));
    if (length > parts.size() || parts_ >= limits::gossip_packet_parts_max)
      return drop(length > parts.size() ? frame_error::truncated : frame_error::too_large);
    take(parts.substr(0, length), depth + 1);
    parts.remove_prefix(length);
  }
}

void packet_reader::take_compressed(std::string_view body, int depth) {
  auto& unpacked = buffers_->unpacked;
  if (unpacked_used_ == unpacked.size())
    unpacked.emplace_back();
  std::string& out = unpacked[unpacked_used_++];
  const std::size_t room = limits::gossip_packet_unpacked_bytes_max - unpacked_bytes_;
  if (const frame_error why = unpack_compressed(body, room, out); why != frame_error::none) {
    // What was too large was unpacked up to there: the packet may do that once.
    if (why == frame_error::too_large)
      unpacked_bytes_ = limits::gossip_packet_unpacked_bytes_max;
    return drop(why);
  }
  unpacked_bytes_ += out.size();
  take(out, depth + 1);
}

}  // namespace troupe::actors::gossip::wire
