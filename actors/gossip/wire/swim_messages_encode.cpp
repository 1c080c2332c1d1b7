#include "actors/gossip/wire/field_codec.hpp"
#include "actors/gossip/wire/msgpack_writer.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

namespace {

template <class Sink>
msgpack_writer<Sink> begin(Sink& sink, message_type type) {
  msgpack_writer<Sink> out{sink};
  out.byte(static_cast<std::uint8_t>(type));
  return out;
}

// Fields of who asks that are there.
template <class Message>
std::size_t source_fields(const Message& message) {
  return std::size_t{!message.source.address.is_none()} +
         std::size_t{!message.source_node.empty()} + std::size_t{message.source.port != 0};
}

template <class Sink, class Message>
void write_source(msgpack_writer<Sink>& out, const Message& message) {
  if (!message.source.address.is_none())
    out.field("SourceAddr", message.source.address.bytes());
  if (!message.source_node.empty())
    out.field("SourceNode", message.source_node);
  if (message.source.port != 0)
    out.field("SourcePort", message.source.port);
}

template <class Sink>
void write(Sink& sink, const ping& message) {
  auto out = begin(sink, message_type::ping);
  out.map(2 + source_fields(message));
  out.field("Node", message.node);
  out.field("SeqNo", message.sequence_number);
  write_source(out, message);
}

template <class Sink>
void write(Sink& sink, const indirect_ping& message) {
  auto out = begin(sink, message_type::indirect_ping);
  out.map(5 + source_fields(message));
  out.flag("Nack", message.wants_nack);
  out.field("Node", message.node);
  out.field("Port", message.target.port);
  out.field("SeqNo", message.sequence_number);
  write_source(out, message);
  out.field("Target", message.target.address.bytes());
}

template <class Sink>
void write(Sink& sink, const ack& message) {
  auto out = begin(sink, message_type::ack);
  out.map(2);
  out.key("Payload");
  out.raw_or_nil(message.payload);
  out.field("SeqNo", message.sequence_number);
}

template <class Sink>
void write(Sink& sink, const nack& message) {
  auto out = begin(sink, message_type::nack);
  out.map(1);
  out.field("SeqNo", message.sequence_number);
}

template <class Sink, class Message>
void write_accusation(Sink& sink, message_type type, const Message& message) {
  auto out = begin(sink, type);
  out.map(3);
  out.field("From", message.from);
  out.field("Incarnation", message.incarnation);
  out.field("Node", message.node);
}

template <class Sink>
void write(Sink& sink, const suspect& message) {
  write_accusation(sink, message_type::suspect, message);
}

template <class Sink>
void write(Sink& sink, const dead& message) {
  write_accusation(sink, message_type::dead, message);
}

template <class Sink>
void write(Sink& sink, const alive& message) {
  auto out = begin(sink, message_type::alive);
  out.map(6);
  out.field("Addr", message.where.address.bytes());
  out.field("Incarnation", message.incarnation);
  out.key("Meta");
  out.raw_or_nil(message.meta);
  out.field("Node", message.node);
  out.field("Port", message.where.port);
  out.key("Vsn");
  write_versions(out, message.speaks);
}

template <class Sink>
void write(Sink& sink, const user& message) {
  begin(sink, message_type::user);
  sink.put(message.payload);
}

template <class Sink>
void write(Sink& sink, const error& message) {
  auto out = begin(sink, message_type::error);
  out.map(1);
  out.field("Error", message.text);
}

template <class Message>
void append(const Message& message, std::string& out) {
  byte_sink sink{out};
  write(sink, message);
}

template <class Message>
std::size_t count(const Message& message) {
  counting_sink sink;
  write(sink, message);
  return sink.count();
}

}  // namespace

void encode(const ping& message, std::string& out) {
  append(message, out);
}
void encode(const indirect_ping& message, std::string& out) {
  append(message, out);
}
void encode(const ack& message, std::string& out) {
  append(message, out);
}
void encode(const nack& message, std::string& out) {
  append(message, out);
}
void encode(const suspect& message, std::string& out) {
  append(message, out);
}
void encode(const alive& message, std::string& out) {
  append(message, out);
}
void encode(const dead& message, std::string& out) {
  append(message, out);
}
void encode(const user& message, std::string& out) {
  append(message, out);
}
void encode(const error& message, std::string& out) {
  append(message, out);
}

void encode(const packet_message& message, std::string& out) {
  std::visit([&](const auto& one) { append(one, out); }, message);
}

std::size_t encoded_size(const ping& message) {
  return count(message);
}
std::size_t encoded_size(const indirect_ping& message) {
  return count(message);
}
std::size_t encoded_size(const ack& message) {
  return count(message);
}
std::size_t encoded_size(const nack& message) {
  return count(message);
}
std::size_t encoded_size(const suspect& message) {
  return count(message);
}
std::size_t encoded_size(const alive& message) {
  return count(message);
}
std::size_t encoded_size(const dead& message) {
  return count(message);
}
std::size_t encoded_size(const user& message) {
  return count(message);
}

std::size_t encoded_size(const packet_message& message) {
  return std::visit([](const auto& one) { return count(one); }, message);
}

}  // namespace troupe::actors::gossip::wire
