#include "tests/fuzz/fuzz_input.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "actors/gossip/wire/consul_event.hpp"
#include "actors/gossip/wire/coordinate_payload.hpp"
#include "actors/gossip/wire/lzw.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/serf_messages.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "actors/gossip/wire/tags.hpp"
#include "messages/ensure.hpp"

namespace troupe::tests::fuzz {

using namespace actors::gossip;
using messages::ensure;

namespace {

// What decodes and is written again decodes to the same.
void again(const wire::packet_message& message) {
  std::string bytes;
  wire::encode(message, bytes);
  ensure(bytes.size() == wire::encoded_size(message));
  const auto type = static_cast<wire::message_type>(static_cast<std::uint8_t>(bytes.front()));
  const auto decoded = wire::decode(type, std::string_view{bytes}.substr(1));
  ensure(decoded && *decoded == message);
}

void read_push_pull(std::string_view body) {
  auto in = wire::push_pull_reader::open(body);
  if (!in)
    return;
  std::size_t nodes = 0;
  while (const auto node = in->next()) {
    wire::decode_tags(node->meta);
    ++nodes;
  }
  ensure(in->failed() ? nodes < in->nodes() : nodes == in->nodes());
  if (const auto state = wire::split_serf_message(in->user_state()))
    wire::decode_push_pull_state(state->body);
}

void fuzz_user_message(std::string_view bytes) {
  const auto message = wire::split_serf_message(bytes);
  if (!message)
    return;
  const std::string_view body = message->body;
  wire::decode_leave_intent(body);
  wire::decode_join_intent(body);
  wire::decode_query_response(body);
  wire::decode_conflict_member(body);
  wire::decode_key_request(body);
  wire::decode_key_response(body);
  wire::decode_relay(body);
  wire::decode_tags(body);
  if (const auto event = wire::decode_user_event(body))
    wire::decode_consul_event(event->payload);
  if (const auto query = wire::decode_query(body))
    for (const std::string_view filter : query->filters) {
      wire::decode_node_filter(filter);
      wire::decode_tag_filter(filter);
    }
  if (const auto state = wire::decode_push_pull_state(body)) {
    const std::string bytes_again = wire::encode(*state);
    ensure(wire::decode_push_pull_state(std::string_view{bytes_again}.substr(1)) == state);
  }
}

void fuzz_packet(std::string_view bytes) {
  wire::packet_reader reader{wire::frame_settings{}, nullptr};
  const wire::packet found = reader.read(bytes);
  for (const wire::packet_message& message : found.messages) {
    again(message);
    if (const auto* const payload = std::get_if<wire::user>(&message))
      fuzz_user_message(payload->payload);
    else if (const auto* const acknowledged = std::get_if<wire::ack>(&message))
      wire::decode_coordinate(acknowledged->payload);
  }
}

// At once and in pieces: the same must come of it.
void fuzz_stream(std::string_view bytes) {
  using progress = wire::stream_reader::progress;
  const wire::frame_settings settings;
  wire::stream_reader at_once{settings, nullptr, wire::stream_side::dialler};
  const progress whole = at_once.feed(bytes);
  wire::stream_reader in_pieces{settings, nullptr, wire::stream_side::dialler};
  progress pieces = progress::more;
  const std::size_t step = 1 + bytes.size() / 16;
  for (std::size_t at = 0; at < bytes.size() && pieces == progress::more; at += step)
    pieces = in_pieces.feed(bytes.substr(at, step));
  ensure(whole == pieces);
  if (whole != progress::whole)
    return;
  ensure(at_once.type() == in_pieces.type() && at_once.body() == in_pieces.body());
  if (at_once.type() == wire::message_type::push_pull)
    read_push_pull(at_once.body());
  else if (at_once.type() == wire::message_type::user)
    wire::decode_user_stream(at_once.body());
  else
    wire::decode(at_once.type(), at_once.body());
}

void fuzz_lzw(std::string_view bytes) {
  constexpr std::size_t bytes_max = 1 << 16;
  std::string out;
  if (wire::lzw_decode(bytes, bytes_max, out) == wire::lzw_result::ok)
    ensure(out.size() <= bytes_max);
  std::string packed;
  ensure(wire::lzw_encode(bytes, std::string::npos, packed));
  ensure(wire::lzw_decode(packed, bytes.size(), out) == wire::lzw_result::ok && out == bytes);
}

}  // namespace

// The first byte chooses which.
void fuzz_input(std::string_view bytes) {
  if (bytes.empty())
    return;
  const std::string_view rest = bytes.substr(1);
  switch (bytes.front()) {
    case 'p':
      return fuzz_packet(rest);
    case 's':
      return fuzz_stream(rest);
    case 'u':
      return fuzz_user_message(rest);
    default:
      return fuzz_lzw(rest);
  }
}

}  // namespace troupe::tests::fuzz
