#include "actors/gossip/wire/tags.hpp"

#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace {

constexpr std::uint8_t tags_byte = 255;

// visit(key, value) in the order of the bytes. False if they do not decode.
template <class Visitor>
bool for_each_tag(std::string_view meta, Visitor&& visit) {
  if (meta.empty())
    return true;
  if (static_cast<std::uint8_t>(meta.front()) != tags_byte) {
    visit(std::string_view{"role"}, meta);
    return true;
  }
  msgpack_reader in{meta.substr(1)};
  std::size_t pairs = in.map();
  if (pairs > messages::limits::tags_max)
    return false;
  for (; pairs > 0 && !in.failed(); --pairs) {
    const std::string_view key = in.raw();
    visit(key, in.raw());
  }
  return !in.failed();
}

}  // namespace

std::optional<tag_map> decode_tags(std::string_view meta) {
  tag_map tags;
  const bool are_whole = for_each_tag(meta, [&tags](std::string_view key, std::string_view value) {
    tags.insert_or_assign(std::string{key}, std::string{value});
  });
  return are_whole ? std::optional{std::move(tags)} : std::nullopt;
}

bool are_tags(std::string_view meta) {
  return for_each_tag(meta, [](std::string_view, std::string_view) {});
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
