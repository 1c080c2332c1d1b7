// Numbers of the DNS wire format that this folder speaks of (RFC 1035, 3596, 2782, 6891, 7871), and
// what both sides of it share: names in wire form. Nothing here allocates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::gateway::dns {

enum class record_type : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  ptr = 12,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41,
  ixfr = 251,
  axfr = 252,
  any = 255,
};

enum class record_class : std::uint16_t { in = 1, any = 255 };

enum class reply_code : std::uint8_t {
  ok = 0,
  format_error = 1,
  server_failure = 2,
  no_such_name = 3,
  not_implemented = 4,
  refused = 5,
  bad_version = 16,  // its upper bits travel in the OPT record
};

inline constexpr std::size_t header_bytes = 12;
inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t label_bytes_max = 63;
inline constexpr std::size_t labels_max = 127;

inline constexpr std::uint16_t flag_response = 0x8000;
inline constexpr std::uint16_t flag_authoritative = 0x0400;
inline constexpr std::uint16_t flag_truncated = 0x0200;
inline constexpr std::uint16_t flag_recursion_desired = 0x0100;
inline constexpr std::uint16_t flag_recursion_available = 0x0080;
inline constexpr std::uint16_t opcode_mask = 0x7800;

inline constexpr std::uint16_t option_client_subnet = 8;

// A name in wire form, in two parts so that names under either domain share their first one: labels
// without an end, then labels up to the root's empty one. Both views must outlive it.
struct wire_name {
  std::string_view prefix;
  std::string_view suffix;
};

}  // namespace troupe::gateway::dns
