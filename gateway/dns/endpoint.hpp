// An IP address and a port.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/dns/asked_name.hpp"
#include "messages/result.hpp"

namespace troupe::gateway::dns {

struct endpoint {
  named_address address;
  std::uint16_t port = 53;

  bool operator==(const endpoint&) const = default;
  std::string text() const;  // "10.1.2.3:53", "[::1]:53"
};

// "10.1.2.3", "10.1.2.3:53", "::1", "[::1]:53"; without a port 53. Fails with errc::bad_request.
messages::result<endpoint> parse_endpoint(std::string_view text);

}  // namespace troupe::gateway::dns
