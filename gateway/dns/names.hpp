// Names and addresses as text, turned into what stands in packets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/dns/asked_name.hpp"

namespace troupe::gateway::dns {

// "a.b" as labels without an end. None: a label is empty or longer than 63 bytes.
std::optional<std::string> wire_labels(std::string_view dotted);

// "host.example.com" or "host.example.com." whole.
std::optional<std::string> whole_wire_name(std::string_view dotted);

// None: it is no IP address, so it may be a host's name. An IPv4 address mapped into IPv6 is IPv4.
std::optional<named_address> parse_address(std::string_view text);

// "10.1.2.3", "2001:db8::1".
std::string address_text(const named_address& address);

// "0a010203", as it stands before .addr.
std::string address_digits(const named_address& address);

}  // namespace troupe::gateway::dns
