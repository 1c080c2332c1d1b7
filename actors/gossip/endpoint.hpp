// Where a member of a pool is reached: an IP address as it stands on the wire, and a port.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::actors::gossip {

class ip_address {
 public:
  ip_address() = default;  // none

  // From 4 or 16 bytes in network order; anything else is none. An IPv4 address mapped into IPv6 is
  // the IPv4 address.
  static ip_address from_bytes(std::string_view bytes);
  // From text: 127.0.0.1, ::1.
  static messages::result<ip_address> parse(std::string_view text);

  bool is_none() const { return length_ == 0; }
  bool is_v4() const { return length_ == 4; }
  // 0, 4 or 16 bytes.
  std::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), length_}; }
  std::string text() const;  // empty if none

  auto operator<=>(const ip_address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint8_t length_ = 0;
};

struct endpoint {
  ip_address address;
  std::uint16_t port = 0;

  auto operator<=>(const endpoint&) const = default;
  std::string text() const;  // 127.0.0.1:8301, [::1]:8301
};

}  // namespace troupe::actors::gossip
