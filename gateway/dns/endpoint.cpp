#include "gateway/dns/endpoint.hpp"

#include <charconv>

#include "gateway/dns/names.hpp"

namespace troupe::gateway::dns {

namespace {

bool read_port(std::string_view digits, std::uint16_t& port) {
  const auto* end = digits.data() + digits.size();
  const auto [stopped, why] = std::from_chars(digits.data(), end, port);
  return why == std::errc() && stopped == end && port != 0;
}

// "[v6]:port" or "v4:port"; anything else is an address alone.
bool split(std::string_view text, std::string_view& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (port.empty())
      return true;
    port.remove_prefix(1);
    return text[end + 1] == ':' && !port.empty();
  }
  const auto colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.find(':', colon + 1) == text.npos;
  host = has_port ? text.substr(0, colon) : text;
  port = has_port ? text.substr(colon + 1) : std::string_view{};
  return !has_port || !port.empty();
}

}  // namespace

std::string endpoint::text() const {
  const auto ip = address_text(address);
  return (address.length == 16 ? "[" + ip + "]" : ip) + ":" + std::to_string(port);
}

messages::result<endpoint> parse_endpoint(std::string_view text) {
  std::string_view host;
  std::string_view port;
  endpoint made;
  if (split(text, host, port) && (port.empty() || read_port(port, made.port))) {
    if (const auto address = parse_address(host)) {
      made.address = *address;
      return made;
    }
  }
  return messages::failure{messages::errc::bad_request,
                           "\"" + std::string(text) + "\" is no IP address with or without a port"};
}

}  // namespace troupe::gateway::dns
