// How many bytes each message will take in memberlist's format, its type byte included, by
// arithmetic alone: swim_core fills packets to the budget without encoding anything. The tests of
// wire/ hold these to what its encoder writes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::actors::gossip::swim {

// -- msgpack -------------------------------------------------------------------

constexpr std::size_t raw_bytes(std::size_t length) {
  return length + (length < 32 ? 1 : length < 65'536 ? 3 : 5);
}
constexpr std::size_t uint_bytes(std::uint32_t value) {
  return value < 128 ? 1 : value < 256 ? 2 : value < 65'536 ? 3 : 5;
}

// -- messages ------------------------------------------------------------------

// Lengths are of the names and addresses as they stand in the message.
struct ping_lengths {
  std::size_t target_name = 0;
  std::size_t source_name = 0;
  std::size_t source_address = 0;  // 4 or 16
};

constexpr std::size_t key_bytes(std::size_t length) {
  return 1 + length;
}
inline constexpr std::size_t type_and_map_bytes = 2;

constexpr std::size_t source_bytes(const ping_lengths& lengths, std::uint16_t port) {
  return key_bytes(10) + raw_bytes(lengths.source_address) + key_bytes(10) +
         raw_bytes(lengths.source_name) + key_bytes(10) + uint_bytes(port);
}
constexpr std::size_t ping_bytes(const ping_lengths& lengths, std::uint32_t sequence,
                                 std::uint16_t source_port) {
  return type_and_map_bytes + key_bytes(4) + raw_bytes(lengths.target_name) + key_bytes(5) +
         uint_bytes(sequence) + source_bytes(lengths, source_port);
}
constexpr std::size_t indirect_ping_bytes(const ping_lengths& lengths, std::uint32_t sequence,
                                          std::uint16_t source_port, std::size_t target_address,
                                          std::uint16_t target_port) {
  return ping_bytes(lengths, sequence, source_port) + key_bytes(4) + 1 + key_bytes(4) +
         uint_bytes(target_port) + key_bytes(6) + raw_bytes(target_address);
}
// payload: 0 is nil.
constexpr std::size_t ack_bytes(std::uint32_t sequence, std::size_t payload) {
  return type_and_map_bytes + key_bytes(7) + raw_bytes(payload) + key_bytes(5) +
         uint_bytes(sequence);
}
constexpr std::size_t nack_bytes(std::uint32_t sequence) {
  return type_and_map_bytes + key_bytes(5) + uint_bytes(sequence);
}
// suspect and dead alike.
constexpr std::size_t accusation_bytes(std::size_t from_name, std::size_t about_name,
                                       std::uint32_t incarnation) {
  return type_and_map_bytes + key_bytes(4) + raw_bytes(from_name) + key_bytes(11) +
         uint_bytes(incarnation) + key_bytes(4) + raw_bytes(about_name);
}
// Without the incarnation's own bytes.
constexpr std::size_t alive_bytes(std::size_t name, std::size_t address, std::size_t meta,
                                  std::uint16_t port) {
  constexpr std::size_t versions = 6;
  return type_and_map_bytes + key_bytes(4) + raw_bytes(address) + key_bytes(11) + key_bytes(4) +
         raw_bytes(meta) + key_bytes(4) + raw_bytes(name) + key_bytes(4) + uint_bytes(port) +
         key_bytes(3) + raw_bytes(versions);
}

// A record of a push/pull: an alive message without its type byte, with a state. Without the
// incarnation's own bytes; `alive` is what alive_bytes() gave.
constexpr std::size_t push_pull_record_bytes(std::size_t alive) {
  return alive - 1 + key_bytes(5) + 1;
}

// -- compound ------------------------------------------------------------------

inline constexpr std::size_t compound_header_bytes = 2;
inline constexpr std::size_t compound_part_bytes = 2;  // a message's length
inline constexpr std::size_t compound_parts_max = 255;

}  // namespace troupe::actors::gossip::swim
