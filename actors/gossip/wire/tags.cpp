#include "actors/gossip/wire/tags.hpp"

#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::uint8_t tags_byte = 255;

}  // namespace

std::optional<tag_map> decode_tags(std::string_view meta) {
  tag_map tags;
  if (meta.empty())
    return tags;
  if (static_cast<std::uint8_t>(meta.front()) != tags_byte) {
    tags.emplace("role", meta);
    return tags;
  }
  msgpack_reader in{meta.substr(1)};
  std::size_t pairs = in.map();
  if (pairs > messages::limits::tags_max)
    return std::nullopt;
  for (; pairs > 0 && !in.failed(); --pairs) {
    const std::string_view key = in.raw();
    tags.insert_or_assign(std::string{key}, std::string{in.raw()});
  }
  if (in.failed())
    return std::nullopt;
  return tags;
}

std::string encode_tags(const tag_map& tags) {
  std::string meta;
  byte_sink sink{meta};
  msgpack_writer<byte_sink> out{sink};
  out.byte(tags_byte);
  out.map(tags.size());
  for (const auto& [key, value] : tags)
    out.field(key, value);
  return meta;
}

}  // namespace troupe::actors::gossip::wire
