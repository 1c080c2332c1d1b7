// The layers of what travels on a TCP connection, both ways: label, encryption, compression, and
// the message within. Each connection carries one message there and at most one back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/gossip/wire/frame_settings.hpp"
#include "actors/gossip/wire/msgpack_reader.hpp"
#include "actors/gossip/wire/swim_messages.hpp"

namespace troupe::actors::gossip::wire {

// Only the dialling side writes the label; both authenticate it.
enum class stream_side : std::uint8_t { dialler, answerer };

// `message` with its type byte, framed to be sent by `side`. Always compressed if compression is
// on. Fails with errc::too_large beyond what a receiver takes, or errc::failed if OpenSSL does.
messages::result<std::string> encode_stream(const frame_settings& settings, keyring* ring,
                                            stream_side side, std::string_view message);

// Takes the bytes of a connection as they come and says when the message is whole. Linear in the
// bytes, however they are cut; holds at most limits::gossip_stream_bytes_max of them, and what they
// unpack to.
class stream_reader {
 public:
  enum class progress : std::uint8_t { more, whole, failed };

  // `from`: who wrote what is read. `ring` is null if encryption is off; it must outlive the
  // reader.
  stream_reader(const frame_settings& settings, keyring* ring, stream_side from);

  // After whole or failed it is not to be called again. Bytes after the message are ignored.
  progress feed(std::string_view bytes);
  // The other side closed the connection: truncated, unless whole.
  progress end();

  frame_error why() const { return why_; }
  // Once whole: ping, ack, push_pull, user or error, and what follows the type byte. The body holds
  // as long as the reader.
  message_type type() const { return type_; }
  std::string_view body() const { return body_; }

 private:
  progress fail(frame_error why);
  progress advance();
  progress advance_label();
  progress advance_type();
  progress advance_encrypted();
  progress advance_body();
  progress finish(std::string_view inner);
  bool has_keys() const;

  enum class stage : std::uint8_t { label, type, encrypted, body, done };

  std::string label_;
  bool verifies_incoming_;
  keyring* ring_;
  stream_side from_;
  stage stage_ = stage::label;
  frame_error why_ = frame_error::none;
  message_type type_ = message_type::ping;
  std::string received_;
  std::size_t at_ = 0;  // where the present stage begins in received_
  body_scanner scanner_;
  std::string buffers_[2];
  std::string_view body_;
};

}  // namespace troupe::actors::gossip::wire
