// Addresses as the configuration gives them: IP addresses, or {{ templates }} that ask this
// machine's network interfaces for one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace troupe::agent {

struct interface_address {
  std::string interface_name;
  std::string ip;
};

// Of all interfaces that are up, IPv4 before IPv6, each in the system's order.
std::vector<interface_address> local_addresses();

// Blanks separate several. {{ GetPrivateIP }}, {{ GetPublicIP }} and {{ GetInterfaceIP "eth0" }}
// become what `local` has, IPv4 first; another template is an error. `key` stands in the error's
// text.
messages::result<std::vector<std::string>> expand_addresses(
    std::string_view key, std::string_view text, const std::vector<interface_address>& local);

// The same, for keys that take one IP address.
messages::result<std::string> expand_address(std::string_view key, std::string_view text,
                                             const std::vector<interface_address>& local);

bool is_ip(const std::string& text);
// 0.0.0.0 and ::, which cannot be reached.
bool is_any_ip(const std::string& text);
// RFC 1918 and RFC 6598.
bool is_private_ipv4(const std::string& text);

}  // namespace troupe::agent
