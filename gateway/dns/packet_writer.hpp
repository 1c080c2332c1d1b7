// Writes a DNS message into bytes that somebody else owns, never beyond their end: what does not
// fit sets overflowed(), and the rest is counted nowhere. Names are compressed (RFC 1035
// section 4.1.4) against those written before, with exact case, so that what is decompressed is
// what was meant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "gateway/dns/wire.hpp"

namespace troupe::gateway::dns {

class packet_writer {
 public:
  packet_writer(std::span<std::uint8_t> out, bool compress) : out_(out), compress_(compress) {}

  void u8(std::uint8_t value) {
    if (room(1))
      out_[size_++] = value;
  }
  void u16(std::uint16_t value) {
    if (room(2)) {
      out_[size_++] = static_cast<std::uint8_t>(value >> 8);
      out_[size_++] = static_cast<std::uint8_t>(value);
    }
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void bytes(std::span<const std::uint8_t> value);
  void text(std::string_view value);
  void name(const wire_name& value);

  // Where a length goes that is not known yet, and its coming.
  std::size_t begin_length();
  void end_length(std::size_t place);
  void put_u16(std::size_t place, std::uint16_t value);

  std::size_t size() const { return size_; }
  bool overflowed() const { return overflowed_; }

 private:
  // Like a string_view, but nothing is spent on making many of them.
  struct label_view {
    const char* text;
    std::uint8_t length;
  };
  struct known_name {
    std::uint32_t hash;
    std::uint16_t place;
  };
  // More are written whole: a message of that size has other means.
  static constexpr std::size_t known_max = 96;
  static constexpr std::size_t pointer_max = 0x3fff;

  bool room(std::size_t bytes) {
    if (overflowed_ || out_.size() - size_ < bytes)
      overflowed_ = true;
    return !overflowed_;
  }
  bool stands_at(std::size_t place, std::span<const label_view> labels) const;
  std::optional<std::uint16_t> known_place(std::uint32_t hash, std::span<const label_view> labels,
                                           std::size_t among) const;

  std::span<std::uint8_t> out_;
  bool compress_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
  std::array<known_name, known_max> known_;
  std::size_t known_count_ = 0;
};

}  // namespace troupe::gateway::dns
