#include "actors/gossip/wire/stream_frame.hpp"

#include <algorithm>

#include "actors/gossip/wire/big_endian.hpp"
#include "actors/gossip/wire/compressed.hpp"
#include "actors/gossip/wire/label.hpp"
#include "actors/gossip/wire/lzw.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::wire {

namespace limits = messages::limits;

namespace {

constexpr std::size_t encrypt_head_bytes = 5;  // type and length

message_type type_of(char first) {
  return static_cast<message_type>(static_cast<std::uint8_t>(first));
}

// Nothing if streams do not carry this type.
std::optional<body_scanner::shape> shape_of(message_type type) {
  switch (type) {
    case message_type::ping:
    case message_type::ack:
    case message_type::compress:
    case message_type::error:
      return body_scanner::shape::one_value;
    case message_type::push_pull:
      return body_scanner::shape::push_pull;
    case message_type::user:
      return body_scanner::shape::user;
    default:
      return std::nullopt;
  }
}

// What so many bytes may unpack to.
std::size_t unpacked_bytes_max(std::size_t packed_bytes) {
  return std::min(
      limits::gossip_stream_unpacked_bytes_max,
      limits::gossip_stream_growth_free_bytes + packed_bytes * limits::gossip_stream_growth_max);
}

}  // namespace

messages::result<std::string> encode_stream(const frame_settings& settings, keyring* ring,
                                            stream_side side, std::string_view message) {
  const messages::failure too_large{messages::errc::too_large, to_text(frame_error::too_large)};
  if (message.size() > limits::gossip_stream_unpacked_bytes_max)
    return too_large;
  std::string packed;
  if (settings.compresses) {
    if (!pack_compressed(message, limits::gossip_stream_bytes_max, packed))
      return too_large;
    // A receiver does not let little grow into much: such a message goes as it is.
    if (message.size() <= unpacked_bytes_max(packed.size()))
      message = packed;
  }
  std::string out;
  if (side == stream_side::dialler)
    append_label(out, settings.label);
  const bool encrypts = is_encrypting(settings, ring);
  const std::size_t body_bytes =
      encrypts ? keyring::sealed_bytes(settings.version, message.size()) : message.size();
  if (body_bytes > limits::gossip_stream_bytes_max)
    return too_large;
  out.reserve(out.size() + encrypt_head_bytes + body_bytes);
  if (!encrypts)
    return out.append(message);
  std::string head(1, static_cast<char>(message_type::encrypt));
  append_big_endian(head, static_cast<std::uint32_t>(body_bytes));
  out.append(head);
  if (!ring->seal(settings.version, message, {head, settings.label}, out))
    return messages::failure{messages::errc::failed, "the stream could not be encrypted"};
  return out;
}

stream_reader::stream_reader(const frame_settings& settings, keyring* ring, stream_side from)
    : label_(settings.label),
      verifies_incoming_(settings.verifies_incoming),
      ring_(ring),
      from_(from) {}

bool stream_reader::has_keys() const {
  return ring_ != nullptr && !ring_->empty();
}

stream_reader::progress stream_reader::fail(frame_error why) {
  why_ = why;
  stage_ = stage::done;
  return progress::failed;
}

stream_reader::progress stream_reader::feed(std::string_view bytes) {
  messages::ensure(stage_ != stage::done);
  constexpr std::size_t bytes_max =
      limits::gossip_stream_bytes_max + limits::gossip_label_bytes_max + 64;
  received_.append(bytes.substr(0, bytes_max - received_.size()));
  const progress now = advance();
  if (now == progress::more && received_.size() == bytes_max)
    return fail(frame_error::too_large);
  return now;
}

stream_reader::progress stream_reader::end() {
  return stage_ == stage::done && why_ == frame_error::none ? progress::whole
                                                            : fail(frame_error::truncated);
}

// One stage after the other, as far as the bytes reach.
stream_reader::progress stream_reader::advance() {
  if (stage_ == stage::label && advance_label() == progress::failed)
    return progress::failed;
  if (stage_ == stage::type && advance_type() == progress::failed)
    return progress::failed;
  if (stage_ == stage::encrypted)
    return advance_encrypted();
  return stage_ == stage::body ? advance_body() : progress::more;
}

// The answer has no label: it is dialled for.
stream_reader::progress stream_reader::advance_label() {
  const std::string_view label = from_ == stream_side::dialler ? std::string_view{label_} : "";
  std::string_view rest = received_;
  if (rest.empty())
    return progress::more;
  const bool is_whole = type_of(rest.front()) != message_type::has_label || label.empty() ||
                        rest.size() >= label_head_bytes + label.size();
  if (!is_whole)
    return progress::more;
  if (!remove_label(rest, label))
    return fail(frame_error::bad_label);
  at_ = received_.size() - rest.size();
  stage_ = stage::type;
  return progress::more;
}

stream_reader::progress stream_reader::advance_type() {
  if (received_.size() == at_)
    return progress::more;
  type_ = type_of(received_[at_]);
  if (type_ == message_type::encrypt) {
    stage_ = stage::encrypted;
    return has_keys() ? progress::more : fail(frame_error::unexpected_encryption);
  }
  if (has_keys() && verifies_incoming_)
    return fail(frame_error::unencrypted);
  const auto shape = shape_of(type_);
  if (!shape)
    return fail(frame_error::unknown_type);
  scanner_.start(*shape);
  stage_ = stage::body;
  ++at_;
  return progress::more;
}

stream_reader::progress stream_reader::advance_encrypted() {
  const std::string_view all = std::string_view{received_}.substr(at_);
  if (all.size() < encrypt_head_bytes)
    return progress::more;
  const std::size_t bytes = read_big_endian(all.substr(1, encrypt_head_bytes - 1));
  if (bytes > limits::gossip_stream_bytes_max)
    return fail(frame_error::too_large);
  if (all.size() - encrypt_head_bytes < bytes)
    return progress::more;
  const std::string_view head = all.substr(0, encrypt_head_bytes);
  if (!ring_->open(all.substr(encrypt_head_bytes, bytes), {head, label_}, buffers_[0]))
    return fail(frame_error::undecryptable);
  received_ = {};
  return finish(buffers_[0]);
}

stream_reader::progress stream_reader::advance_body() {
  const std::string_view all = std::string_view{received_}.substr(at_);
  switch (scanner_.scan(all)) {
    case body_scanner::progress::more:
      return progress::more;
    case body_scanner::progress::broken:
      return fail(frame_error::malformed);
    case body_scanner::progress::whole:
      break;
  }
  const std::string_view message = std::string_view{received_}.substr(at_ - 1, 1 + scanner_.end());
  if (type_ == message_type::compress)
    return finish(message);
  body_ = message.substr(1);
  stage_ = stage::done;
  return progress::whole;
}

// `inner` is all there is. It may be compressed, once.
stream_reader::progress stream_reader::finish(std::string_view inner) {
  if (inner.empty())
    return fail(frame_error::truncated);
  if (type_of(inner.front()) == message_type::compress) {
    const frame_error why =
        unpack_compressed(inner.substr(1), unpacked_bytes_max(inner.size()), buffers_[1]);
    if (why != frame_error::none)
      return fail(why);
    received_ = {};
    buffers_[0] = {};
    inner = buffers_[1];
    if (inner.empty())
      return fail(frame_error::truncated);
  }
  type_ = type_of(inner.front());
  body_ = inner.substr(1);
  const auto shape = shape_of(type_);
  if (!shape)
    return fail(frame_error::unknown_type);
  if (type_ == message_type::compress)
    return fail(frame_error::too_deep);
  scanner_.start(*shape);
  switch (scanner_.scan(body_)) {
    case body_scanner::progress::more:
      return fail(frame_error::truncated);
    case body_scanner::progress::broken:
      return fail(frame_error::malformed);
    case body_scanner::progress::whole:
      break;
  }
  body_ = body_.substr(0, scanner_.end());
  stage_ = stage::done;
  return progress::whole;
}

}  // namespace troupe::actors::gossip::wire
