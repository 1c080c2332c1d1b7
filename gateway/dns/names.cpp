#include "gateway/dns/names.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <arpa/inet.h>

#include "gateway/dns/wire.hpp"

namespace troupe::gateway::dns {

std::optional<std::string> wire_labels(std::string_view dotted) {
  std::string wire;
  while (!dotted.empty()) {
    const auto dot = dotted.find('.');
    const auto label = dotted.substr(0, dot);
    if (label.empty() || label.size() > label_bytes_max)
      return std::nullopt;
    wire += static_cast<char>(label.size());
    wire += label;
    if (dot == std::string_view::npos)
      return wire;
    dotted.remove_prefix(dot + 1);
    if (dotted.empty())
      return std::nullopt;
  }
  return wire;
}

std::optional<std::string> whole_wire_name(std::string_view dotted) {
  if (dotted.ends_with('.'))
    dotted.remove_suffix(1);
  auto wire = wire_labels(dotted);
  if (!wire || wire->empty() || wire->size() + 1 > name_bytes_max)
    return std::nullopt;
  *wire += '\0';
  return wire;
}

std::optional<named_address> parse_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size())
    return std::nullopt;
  std::ranges::copy(text, copy.begin());
  named_address address;
  if (inet_pton(AF_INET, copy.data(), address.bytes.data()) == 1) {
    address.length = 4;
    return address;
  }
  if (inet_pton(AF_INET6, copy.data(), address.bytes.data()) != 1)
    return std::nullopt;
  address.length = 16;
  static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), address.bytes.begin())) {
    named_address v4{.length = 4};
    std::copy_n(address.bytes.begin() + 12, 4, v4.bytes.begin());
    return v4;
  }
  return address;
}

std::string address_text(const named_address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.length == 0)
    return {};
  const int family = address.length == 4 ? AF_INET : AF_INET6;
  return inet_ntop(family, address.bytes.data(), text.data(), text.size());
}

std::string address_digits(const named_address& address) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < address.length; ++i) {
    text += digits[address.bytes[i] >> 4];
    text += digits[address.bytes[i] & 0x0fU];
  }
  return text;
}

}  // namespace troupe::gateway::dns
