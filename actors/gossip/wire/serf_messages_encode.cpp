#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "actors/gossip/wire/serf_messages.hpp"

namespace troupe::actors::gossip::wire {

namespace {

using writer = msgpack_writer<byte_sink>;

// The type byte, then what `body` writes.
template <class Type, class Body>
std::string written(Type type, Body&& body) {
  std::string bytes;
  byte_sink sink{bytes};
  writer out{sink};
  out.byte(static_cast<std::uint8_t>(type));
  body(out);
  return bytes;
}

void write_raws(writer& out, const std::vector<std::string_view>& values) {
  if (values.empty())
    return out.nil();
  out.array(values.size());
  for (const std::string_view value : values)
    out.raw(value);
}

}  // namespace

std::string encode(const leave_intent& message) {
  return written(serf_type::leave_intent, [&](writer& out) {
    out.map(3);
    out.field("LTime", message.ltime);
    out.field("Node", message.node);
    out.flag("Prune", message.prune);
  });
}

std::string encode(const join_intent& message) {
  return written(serf_type::join_intent, [&](writer& out) {
    out.map(2);
    out.field("LTime", message.ltime);
    out.field("Node", message.node);
  });
}

std::string encode(const user_event& message) {
  return written(serf_type::user_event, [&](writer& out) {
    out.map(4);
    out.flag("CC", message.coalesces);
    out.field("LTime", message.ltime);
    out.field("Name", message.name);
    out.key("Payload");
    out.raw_or_nil(message.payload);
  });
}

std::string encode(const query& message) {
  return written(serf_type::query, [&](writer& out) {
    out.map(11);
    out.field("Addr", message.source.address.bytes());
    out.key("Filters");
    write_raws(out, message.filters);
    out.field("Flags", message.flags);
    out.field("ID", message.id);
    out.field("LTime", message.ltime);
    out.field("Name", message.name);
    out.key("Payload");
    out.raw_or_nil(message.payload);
    out.field("Port", message.source.port);
    out.field("RelayFactor", message.relay_factor);
    out.field("SourceNode", message.source_node);
    out.key("Timeout");
    out.signed_number(message.timeout_ns);
  });
}

std::string encode(const query_response& message) {
  return written(serf_type::query_response, [&](writer& out) {
    out.map(5);
    out.field("Flags", message.flags);
    out.field("From", message.from);
    out.field("ID", message.id);
    out.field("LTime", message.ltime);
    out.key("Payload");
    out.raw_or_nil(message.payload);
  });
}

std::string encode(const conflict_member& message) {
  return written(serf_type::conflict_response, [&](writer& out) {
    if (message.name.empty())
      return out.nil();
    const versions& speaks = message.speaks;
    out.map(11);
    out.field("Addr", message.where.address.bytes());
    out.field("DelegateCur", speaks.delegate_current);
    out.field("DelegateMax", speaks.delegate_max);
    out.field("DelegateMin", speaks.delegate_min);
    out.field("Name", message.name);
    out.field("Port", message.where.port);
    out.field("ProtocolCur", speaks.protocol_current);
    out.field("ProtocolMax", speaks.protocol_max);
    out.field("ProtocolMin", speaks.protocol_min);
    out.key("Status");
    out.signed_number(message.status);
    out.key("Tags");
    out.map(message.tags.size());
    for (const auto& [key, value] : message.tags)
      out.field(key, value);
  });
}

std::string encode(const key_request& message) {
  return written(serf_type::key_request, [&](writer& out) {
    out.map(1);
    out.field("Key", message.key);
  });
}

std::string encode(const key_response& message) {
  return written(serf_type::key_response, [&](writer& out) {
    out.map(4);
    out.key("Keys");
    write_raws(out, message.keys);
    out.field("Message", message.message);
    out.field("PrimaryKey", message.primary_key);
    out.flag("Result", message.result);
  });
}

std::string encode(const relay& message) {
  std::string bytes = written(serf_type::relay, [&](writer& out) {
    out.map(2);
    out.key("DestAddr");
    out.map(3);
    out.field("IP", message.to.address.bytes());
    out.field("Port", message.to.port);
    out.field("Zone", "");
    out.field("DestName", message.name);
  });
  return bytes.append(message.message);
}

std::string encode(const node_filter& filter) {
  return written(filter_type::node, [&](writer& out) {
    out.array(filter.nodes.size());
    for (const std::string_view node : filter.nodes)
      out.raw(node);
  });
}

std::string encode(const tag_filter& filter) {
  return written(filter_type::tag, [&](writer& out) {
    out.map(2);
    out.field("Expr", filter.expression);
    out.field("Tag", filter.tag);
  });
}

}  // namespace troupe::actors::gossip::wire
