#include "actors/gossip/wire/swim_messages.hpp"

#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"

namespace troupe::actors::gossip::wire {

namespace {

// The fields of who asks, that ping and indirect ping have alike.
template <class Message>
bool read_source(msgpack_reader& in, std::string_view key, Message& out) {
  if (key == "SourceAddr")
    out.source.address = read_address(in);
  else if (key == "SourceNode")
    out.source_node = in.raw();
  else if (key == "SourcePort")
    out.source.port = in.u16();
  else
    return false;
  return true;
}

template <class Message>
std::optional<Message> decode_accusation(std::string_view body) {
  return decode_fields<Message>(body, [](auto& in, auto key, auto& out) {
    if (key == "From")
      out.from = in.raw();
    else if (key == "Incarnation")
      out.incarnation = in.u32();
    else if (key == "Node")
      out.node = in.raw();
    else
      return false;
    return true;
  });
}

template <class Message>
std::optional<packet_message> widened(std::optional<Message> decoded) {
  if (!decoded)
    return std::nullopt;
  return packet_message{*decoded};
}

}  // namespace

std::optional<ping> decode_ping(std::string_view body) {
  return decode_fields<ping>(body, [](auto& in, auto key, auto& out) {
    if (key == "Node")
      out.node = in.raw();
    else if (key == "SeqNo")
      out.sequence_number = in.u32();
    else
      return read_source(in, key, out);
    return true;
  });
}

std::optional<indirect_ping> decode_indirect_ping(std::string_view body) {
  return decode_fields<indirect_ping>(body, [](auto& in, auto key, auto& out) {
    if (key == "Node")
      out.node = in.raw();
    else if (key == "SeqNo")
      out.sequence_number = in.u32();
    else if (key == "Nack")
      out.wants_nack = in.boolean();
    else if (key == "Target")
      out.target.address = read_address(in);
    else if (key == "Port")
      out.target.port = in.u16();
    else
      return read_source(in, key, out);
    return true;
  });
}

std::optional<ack> decode_ack(std::string_view body) {
  return decode_fields<ack>(body, [](auto& in, auto key, auto& out) {
    if (key == "SeqNo")
      out.sequence_number = in.u32();
    else if (key == "Payload")
      out.payload = in.raw();
    else
      return false;
    return true;
  });
}

std::optional<nack> decode_nack(std::string_view body) {
  return decode_fields<nack>(body, [](auto& in, auto key, auto& out) {
    if (key != "SeqNo")
      return false;
    out.sequence_number = in.u32();
    return true;
  });
}

std::optional<suspect> decode_suspect(std::string_view body) {
  return decode_accusation<suspect>(body);
}

std::optional<dead> decode_dead(std::string_view body) {
  return decode_accusation<dead>(body);
}

std::optional<alive> decode_alive(std::string_view body) {
  return decode_fields<alive>(body, [](auto& in, auto key, auto& out) {
    if (key == "Node")
      out.node = in.raw();
    else if (key == "Incarnation")
      out.incarnation = in.u32();
    else if (key == "Addr")
      out.where.address = read_address(in);
    else if (key == "Port")
      out.where.port = in.u16();
    else if (key == "Meta")
      out.meta = read_meta(in);
    else if (key == "Vsn")
      out.speaks = read_versions(in);
    else
      return false;
    return true;
  });
}

std::optional<error> decode_error(std::string_view body) {
  return decode_fields<error>(body, [](auto& in, auto key, auto& out) {
    if (key != "Error")
      return false;
    out.text = in.raw();
    return true;
  });
}

std::optional<packet_message> decode(message_type type, std::string_view body) {
  switch (type) {
    case message_type::ping:
      return widened(decode_ping(body));
    case message_type::indirect_ping:
      return widened(decode_indirect_ping(body));
    case message_type::ack:
      return widened(decode_ack(body));
    case message_type::nack:
      return widened(decode_nack(body));
    case message_type::suspect:
      return widened(decode_suspect(body));
    case message_type::alive:
      return widened(decode_alive(body));
    case message_type::dead:
      return widened(decode_dead(body));
    case message_type::user:
      return packet_message{user{body}};
    default:
      return std::nullopt;
  }
}

}  // namespace troupe::actors::gossip::wire
