#include "actors/gossip/wire/serf_messages.hpp"

#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

// An array of raw strings, at most `max`.
std::vector<std::string_view> read_raws(msgpack_reader& in, std::size_t max) {
  std::vector<std::string_view> out;
  const std::size_t elements = in.array();
  if (elements > max) {
    in.fail();
    return out;
  }
  out.reserve(elements);
  for (std::size_t i = 0; i < elements && !in.failed(); ++i)
    out.push_back(in.raw());
  return out;
}

// Where a relayed message goes.
endpoint read_destination(msgpack_reader& in) {
  endpoint out;
  in.fields([&](std::string_view key) {
    if (key == "IP")
      out.address = read_address(in);
    else if (key == "Port")
      out.port = in.u16();
    else
      return false;
    return true;
  });
  return out;
}

std::vector<std::pair<std::string_view, std::string_view>> read_tags(msgpack_reader& in) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  std::size_t pairs = in.map();
  if (pairs > limits::tags_max) {
    in.fail();
    return out;
  }
  out.reserve(pairs);
  for (; pairs > 0 && !in.failed(); --pairs) {
    const std::string_view key = in.raw();
    out.emplace_back(key, in.raw());
  }
  return out;
}

}  // namespace

std::optional<serf_message> split_serf_message(std::string_view message) {
  if (message.empty())
    return std::nullopt;
  return serf_message{static_cast<std::uint8_t>(message.front()), message.substr(1)};
}

std::optional<leave_intent> decode_leave_intent(std::string_view body) {
  return decode_fields<leave_intent>(body, [](auto& in, auto key, auto& out) {
    if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "Node")
      out.node = in.raw();
    else if (key == "Prune")
      out.prune = in.boolean();
    else
      return false;
    return true;
  });
}

std::optional<join_intent> decode_join_intent(std::string_view body) {
  return decode_fields<join_intent>(body, [](auto& in, auto key, auto& out) {
    if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "Node")
      out.node = in.raw();
    else
      return false;
    return true;
  });
}

std::optional<user_event> decode_user_event(std::string_view body) {
  return decode_fields<user_event>(body, [](auto& in, auto key, auto& out) {
    if (key == "CC")
      out.coalesces = in.boolean();
    else if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "Name")
      out.name = in.raw();
    else if (key == "Payload")
      out.payload = in.raw();
    else
      return false;
    return true;
  });
}

namespace {

bool read_query_source(msgpack_reader& in, std::string_view key, query& out) {
  if (key == "Addr")
    out.source.address = read_address(in);
  else if (key == "Port")
    out.source.port = in.u16();
  else if (key == "SourceNode")
    out.source_node = in.raw();
  else
    return false;
  return true;
}

}  // namespace

std::optional<query> decode_query(std::string_view body) {
  return decode_fields<query>(body, [](auto& in, auto key, auto& out) {
    if (key == "Filters")
      out.filters = read_raws(in, limits::query_filters_max);
    else if (key == "Flags")
      out.flags = in.u32();
    else if (key == "ID")
      out.id = in.u32();
    else if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "Name")
      out.name = in.raw();
    else if (key == "Payload")
      out.payload = in.raw();
    else if (key == "RelayFactor")
      out.relay_factor = in.u8();
    else if (key == "Timeout")
      out.timeout_ns = in.signed_number();
    else
      return read_query_source(in, key, out);
    return true;
  });
}

std::optional<query_response> decode_query_response(std::string_view body) {
  return decode_fields<query_response>(body, [](auto& in, auto key, auto& out) {
    if (key == "Flags")
      out.flags = in.u32();
    else if (key == "From")
      out.from = in.raw();
    else if (key == "ID")
      out.id = in.u32();
    else if (key == "LTime")
      out.ltime = in.u64();
    else if (key == "Payload")
      out.payload = in.raw();
    else
      return false;
    return true;
  });
}

namespace {

bool read_member_versions(msgpack_reader& in, std::string_view key, versions& out) {
  if (key == "DelegateCur")
    out.delegate_current = in.u8();
  else if (key == "DelegateMax")
    out.delegate_max = in.u8();
  else if (key == "DelegateMin")
    out.delegate_min = in.u8();
  else if (key == "ProtocolCur")
    out.protocol_current = in.u8();
  else if (key == "ProtocolMax")
    out.protocol_max = in.u8();
  else if (key == "ProtocolMin")
    out.protocol_min = in.u8();
  else
    return false;
  return true;
}

}  // namespace

std::optional<conflict_member> decode_conflict_member(std::string_view body) {
  return decode_fields<conflict_member>(body, [](auto& in, auto key, auto& out) {
    if (key == "Addr")
      out.where.address = read_address(in);
    else if (key == "Name")
      out.name = in.raw();
    else if (key == "Port")
      out.where.port = in.u16();
    else if (key == "Status")
      out.status = in.u8();
    else if (key == "Tags")
      out.tags = read_tags(in);
    else
      return read_member_versions(in, key, out.speaks);
    return true;
  });
}

std::optional<key_request> decode_key_request(std::string_view body) {
  return decode_fields<key_request>(body, [](auto& in, auto key, auto& out) {
    if (key != "Key")
      return false;
    out.key = in.raw();
    return true;
  });
}

std::optional<key_response> decode_key_response(std::string_view body) {
  return decode_fields<key_response>(body, [](auto& in, auto key, auto& out) {
    if (key == "Keys")
      out.keys = read_raws(in, limits::keyring_keys_max);
    else if (key == "Message")
      out.message = in.raw();
    else if (key == "PrimaryKey")
      out.primary_key = in.raw();
    else if (key == "Result")
      out.result = in.boolean();
    else
      return false;
    return true;
  });
}

std::optional<relay> decode_relay(std::string_view body) {
  relay out;
  msgpack_reader in{body};
  in.fields([&](std::string_view key) {
    if (key == "DestAddr")
      out.to = read_destination(in);
    else if (key == "DestName")
      out.name = in.raw();
    else
      return false;
    return true;
  });
  out.message = in.rest();
  return unless_failed(in, out);
}

std::optional<node_filter> decode_node_filter(std::string_view body) {
  msgpack_reader in{body};
  const node_filter out{read_raws(in, body.size())};
  return unless_failed(in, out);
}

std::optional<tag_filter> decode_tag_filter(std::string_view body) {
  return decode_fields<tag_filter>(body, [](auto& in, auto key, auto& out) {
    if (key == "Expr")
      out.expression = in.raw();
    else if (key == "Tag")
      out.tag = in.raw();
    else
      return false;
    return true;
  });
}

}  // namespace troupe::actors::gossip::wire
