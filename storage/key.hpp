// Keys that sort as their parts do, byte by byte.
//
// A key is made of parts; every part but the last is closed by a terminator that sorts before any
// byte a part may hold, so ("a", "z") stands before ("ab", "a") and all keys that share their first
// parts are one range. The last part is raw and may be empty.
//
// LMDB takes at most 511 bytes. A longer key is stored under its first `stored_head_bytes` bytes
// and the SHA-256 of all of it, and the whole key stands before the value. Only keys with equal
// heads may then be out of order: scanner (transaction.hpp) sorts such a run. Nothing outside of
// transaction.cpp sees a stored key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "messages/limits.hpp"

namespace troupe::storage {

inline constexpr std::size_t key_digest_bytes = 32;
inline constexpr std::size_t stored_head_bytes = 478;
inline constexpr std::size_t stored_long_key_bytes = stored_head_bytes + key_digest_bytes;
static_assert(stored_long_key_bytes <= messages::limits::lmdb_key_bytes_max);

std::string composite_key(std::initializer_list<std::string_view> parts);
// The start of every key whose first parts are these.
std::string key_prefix(std::initializer_list<std::string_view> parts);
// Unsigned numbers sort as numbers.
std::string number_key(std::uint64_t number);
std::uint64_t number_of_key(std::string_view key);

// A name as it is looked up where Consul ignores case (ASCII letters).
std::string folded(std::string_view name);

// Whether `key` is stored under its digest, and then under what.
inline bool is_long_key(std::string_view key) {
  return key.size() > stored_head_bytes;
}
std::string stored_long_key(std::string_view key);

using sha256_digest = std::array<unsigned char, key_digest_bytes>;
sha256_digest sha256(std::string_view bytes);

}  // namespace troupe::storage
