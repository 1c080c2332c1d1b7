#include "actors/gossip/endpoint.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace troupe::actors::gossip {

namespace {

constexpr std::string_view v4_in_v6_prefix{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};

}  // namespace

ip_address ip_address::from_bytes(std::string_view bytes) {
  ip_address made;
  if (bytes.size() == 16 && bytes.starts_with(v4_in_v6_prefix))
    bytes.remove_prefix(v4_in_v6_prefix.size());
  if (bytes.size() != 4 && bytes.size() != 16)
    return made;
  std::copy(bytes.begin(), bytes.end(), made.bytes_.begin());
  made.length_ = static_cast<std::uint8_t>(bytes.size());
  return made;
}

messages::result<ip_address> ip_address::parse(std::string_view text) {
  std::array<char, 16> bytes{};
  const std::string terminated{text};
  if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1)
    return from_bytes({bytes.data(), 4});
  if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1)
    return from_bytes({bytes.data(), 16});
  return messages::failure{messages::errc::bad_request,
                           fmt::format("\"{}\" is no IP address", text)};
}

std::string ip_address::text() const {
  if (is_none())
    return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string endpoint::text() const {
  if (address.is_none() || address.is_v4())
    return fmt::format("{}:{}", address.text(), port);
  return fmt::format("[{}]:{}", address.text(), port);
}

}  // namespace troupe::actors::gossip
