// Big-endian numbers in bytes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

// All of `bytes`, at most 8.
inline std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes)
    value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

template <std::unsigned_integral Value>
void append_big_endian(std::string& out, Value value) {
  for (std::size_t i = sizeof(Value); i > 0; --i)
    out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xff));
}

}  // namespace troupe::actors::gossip::wire
