// Writes msgpack as memberlist and serf do: strings and bytes as the old "raw" family, integers in
// the shortest unsigned form. Keys are the caller's to put in byte order.
//
// Written into a string, or only counted: one description of a message gives both its bytes and
// their number.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace troupe::actors::gossip::wire {

class byte_sink {
 public:
  explicit byte_sink(std::string& out) : out_(out) {}
  void put(std::string_view bytes) { out_.append(bytes); }

 private:
  std::string& out_;
};

class counting_sink {
 public:
  void put(std::string_view bytes) { count_ += bytes.size(); }
  std::size_t count() const { return count_; }

 private:
  std::size_t count_ = 0;
};

template <class Sink>
class msgpack_writer {
 public:
  explicit msgpack_writer(Sink& sink) : sink_(sink) {}

  void byte(std::uint8_t value) {
    const char bytes[1] = {static_cast<char>(value)};
    sink_.put({bytes, 1});
  }
  void nil() { byte(0xc0); }
  void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
  void real(double value) { head(0xcb, std::bit_cast<std::uint64_t>(value)); }

  void number(std::uint64_t value) {
    if (value < 0x80)
      byte(static_cast<std::uint8_t>(value));
    else if (value <= UINT8_MAX)
      head(0xcc, static_cast<std::uint8_t>(value));
    else if (value <= UINT16_MAX)
      head(0xcd, static_cast<std::uint16_t>(value));
    else if (value <= UINT32_MAX)
      head(0xce, static_cast<std::uint32_t>(value));
    else
      head(0xcf, value);
  }
  void signed_number(std::int64_t value) {
    if (value >= 0)
      number(static_cast<std::uint64_t>(value));
    else
      head(0xd3, static_cast<std::uint64_t>(value));
  }

  // Strings and bytes, old family.
  void raw(std::string_view value) {
    raw_head(value.size());
    sink_.put(value);
  }
  // What precedes so many bytes.
  void raw_head(std::size_t bytes) {
    if (bytes < 32)
      byte(static_cast<std::uint8_t>(0xa0 + bytes));
    else if (bytes <= UINT16_MAX)
      head(0xda, static_cast<std::uint16_t>(bytes));
    else
      head(0xdb, static_cast<std::uint32_t>(bytes));
  }
  void raw_or_nil(std::string_view value) {
    if (value.empty())
      nil();
    else
      raw(value);
  }

  // New family: only in what Consul's agents tell each other.
  void str(std::string_view value) {
    if (value.size() >= 32 && value.size() <= UINT8_MAX) {
      head(0xd9, static_cast<std::uint8_t>(value.size()));
      sink_.put(value);
    } else {
      raw(value);
    }
  }
  void bin(std::string_view value) {
    if (value.size() <= UINT8_MAX)
      head(0xc4, static_cast<std::uint8_t>(value.size()));
    else if (value.size() <= UINT16_MAX)
      head(0xc5, static_cast<std::uint16_t>(value.size()));
    else
      head(0xc6, static_cast<std::uint32_t>(value.size()));
    sink_.put(value);
  }

  void array(std::size_t elements) { container(0x90, 0xdc, elements); }
  void map(std::size_t pairs) { container(0x80, 0xde, pairs); }

  // A pair of a map.
  void key(std::string_view name) { raw(name); }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  void field(std::string_view name, std::string_view value) {
    key(name);
    raw(value);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    boolean(value);
  }

 private:
  template <std::unsigned_integral Value>
  void head(std::uint8_t first, Value value) {
    char bytes[1 + sizeof(Value)];
    bytes[0] = static_cast<char>(first);
    for (std::size_t i = 0; i < sizeof(Value); ++i)
      bytes[1 + i] = static_cast<char>(value >> (8 * (sizeof(Value) - 1 - i)) & 0xff);
    sink_.put({bytes, sizeof(bytes)});
  }
  // `small` holds up to 15 in itself; `wide` has 2 bytes, the one after it 4.
  void container(std::uint8_t small, std::uint8_t wide, std::size_t size) {
    if (size < 16)
      byte(static_cast<std::uint8_t>(small + size));
    else if (size <= UINT16_MAX)
      head(wide, static_cast<std::uint16_t>(size));
    else
      head(static_cast<std::uint8_t>(wide + 1), static_cast<std::uint32_t>(size));
  }

  Sink& sink_;
};

}  // namespace troupe::actors::gossip::wire
