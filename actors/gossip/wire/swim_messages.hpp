// memberlist's messages as values, and their bytes. Everything a decoder gives out is a view into
// the bytes it was given. Bytes may be hostile: what does not decode is nothing, with no reason
// given, for such a message is only counted and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "actors/gossip/endpoint.hpp"

namespace troupe::actors::gossip::wire {

// The first byte of a message, and of a layer around messages.
enum class message_type : std::uint8_t {
  ping = 0,
  indirect_ping = 1,
  ack = 2,
  suspect = 3,
  alive = 4,
  dead = 5,
  push_pull = 6,
  compound = 7,
  user = 8,
  compress = 9,
  encrypt = 10,
  nack = 11,
  has_checksum = 12,
  error = 13,
  has_label = 244,
};

// What a member understands (min to max) and speaks (current), of the failure detector (protocol)
// and of the layer above it (delegate).
struct versions {
  std::uint8_t protocol_min = 0;
  std::uint8_t protocol_max = 0;
  std::uint8_t protocol_current = 0;
  std::uint8_t delegate_min = 0;
  std::uint8_t delegate_max = 0;
  std::uint8_t delegate_current = 0;

  auto operator<=>(const versions&) const = default;
};

struct ping {
  std::uint32_t sequence_number = 0;
  std::string_view node = {};         // whom it is for; empty: whoever gets it
  std::string_view source_node = {};  // who asks; empty if it does not say
  endpoint source = {};               // where the ack goes; none or port 0: to the packet's source

  bool operator==(const ping&) const = default;
};

struct indirect_ping {
  std::uint32_t sequence_number = 0;
  std::string_view node = {};  // the target's name
  endpoint target = {};        // port 0: the helper's own
  bool wants_nack = false;
  std::string_view source_node = {};
  endpoint source = {};

  bool operator==(const indirect_ping&) const = default;
};

struct ack {
  std::uint32_t sequence_number = 0;
  std::string_view payload = {};  // empty is written as nil

  bool operator==(const ack&) const = default;
};

struct nack {
  std::uint32_t sequence_number = 0;

  bool operator==(const nack&) const = default;
};

struct suspect {
  std::uint32_t incarnation = 0;
  std::string_view node = {};
  std::string_view from = {};

  bool operator==(const suspect&) const = default;
};

struct alive {
  std::uint32_t incarnation = 0;
  std::string_view node = {};
  endpoint where = {};         // port 0: the receiver's own
  std::string_view meta = {};  // at most limits::pool_tags_bytes_max; empty is written as nil
  std::optional<versions> speaks = {};

  bool operator==(const alive&) const = default;
};

struct dead {
  std::uint32_t incarnation = 0;
  std::string_view node = {};
  std::string_view from = {};  // node itself: it left

  bool operator==(const dead&) const = default;
};

// Bytes of the layer above.
struct user {
  std::string_view payload = {};

  bool operator==(const user&) const = default;
};

// Why a stream was not served.
struct error {
  std::string_view text = {};

  bool operator==(const error&) const = default;
};

// What a packet may carry.
using packet_message = std::variant<ping, indirect_ping, ack, nack, suspect, alive, dead, user>;

// `body`: what follows the type byte. Bytes after the message are ignored, as memberlist does.
std::optional<ping> decode_ping(std::string_view body);
std::optional<indirect_ping> decode_indirect_ping(std::string_view body);
std::optional<ack> decode_ack(std::string_view body);
std::optional<nack> decode_nack(std::string_view body);
std::optional<suspect> decode_suspect(std::string_view body);
std::optional<alive> decode_alive(std::string_view body);
std::optional<dead> decode_dead(std::string_view body);
std::optional<error> decode_error(std::string_view body);
// Any message a packet may carry. Nothing if the type is unknown or is a layer's.
std::optional<packet_message> decode(message_type type, std::string_view body);

// Appends the message, its type byte first, as memberlist writes it.
void encode(const ping& message, std::string& out);
void encode(const indirect_ping& message, std::string& out);
void encode(const ack& message, std::string& out);
void encode(const nack& message, std::string& out);
void encode(const suspect& message, std::string& out);
void encode(const alive& message, std::string& out);
void encode(const dead& message, std::string& out);
void encode(const user& message, std::string& out);
void encode(const error& message, std::string& out);
void encode(const packet_message& message, std::string& out);

// How many bytes encode() appends; always the same number, without writing them.
std::size_t encoded_size(const ping& message);
std::size_t encoded_size(const indirect_ping& message);
std::size_t encoded_size(const ack& message);
std::size_t encoded_size(const nack& message);
std::size_t encoded_size(const suspect& message);
std::size_t encoded_size(const alive& message);
std::size_t encoded_size(const dead& message);
std::size_t encoded_size(const user& message);
std::size_t encoded_size(const packet_message& message);

}  // namespace troupe::actors::gossip::wire
