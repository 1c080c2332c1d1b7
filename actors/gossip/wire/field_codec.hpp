// Fields that several messages have, read and written.
#pragma once

#include <optional>
#include <string_view>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "actors/gossip/wire/swim_messages.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

// What was read, unless something of it did not decode.
template <class Message>
std::optional<Message> unless_failed(const msgpack_reader& in, const Message& read) {
  if (in.failed())
    return std::nullopt;
  return read;
}

// A message from its map: field(in, key, out) reads the value of a key it knows and says true. What
// follows the map is not looked at. Nothing if it does not decode.
template <class Message, class Field>
std::optional<Message> decode_fields(std::string_view body, Field&& field) {
  Message out;
  msgpack_reader in{body};
  in.fields([&](std::string_view key) { return field(in, key, out); });
  if (in.failed())
    return std::nullopt;
  return out;
}

// Bytes of another length than an address has are an error; none is none.
inline ip_address read_address(msgpack_reader& in) {
  const std::string_view bytes = in.raw();
  const ip_address read = ip_address::from_bytes(bytes);
  if (read.is_none() && !bytes.empty())
    in.fail();
  return read;
}

inline std::string_view read_meta(msgpack_reader& in) {
  const std::string_view meta = in.raw();
  if (meta.size() > messages::limits::pool_tags_bytes_max)
    in.fail();
  return meta;
}

// A member may say more of itself than is known today; fewer than the failure detector's three
// numbers are none.
inline std::optional<versions> read_versions(msgpack_reader& in) {
  const std::string_view bytes = in.raw();
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : std::uint8_t{0};
  };
  if (bytes.size() < 3)
    return std::nullopt;
  return versions{at(0), at(1), at(2), at(3), at(4), at(5)};
}

template <class Sink>
void write_versions(msgpack_writer<Sink>& out, const std::optional<versions>& what) {
  if (!what)
    return out.nil();
  const char bytes[6] = {
      static_cast<char>(what->protocol_min),     static_cast<char>(what->protocol_max),
      static_cast<char>(what->protocol_current), static_cast<char>(what->delegate_min),
      static_cast<char>(what->delegate_max),     static_cast<char>(what->delegate_current)};
  out.raw({bytes, sizeof(bytes)});
}

}  // namespace troupe::actors::gossip::wire
