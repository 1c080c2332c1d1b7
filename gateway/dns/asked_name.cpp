#include "gateway/dns/asked_name.hpp"

#include <algorithm>
#include <optional>

namespace troupe::gateway::dns {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool ends_with(name_labels labels, name_labels end) {
  return labels.size() >= end.size() &&
         std::ranges::equal(labels.last(end.size()), end, same_label);
}

std::string joined(name_labels labels) {
  std::string text;
  for (const auto label : labels) {
    if (!text.empty())
      text += '.';
    text += label;
  }
  return text;
}

std::optional<std::uint8_t> hex_digit(char c) {
  c = lower(c);
  if (c >= '0' && c <= '9')
    return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<named_address> from_hex(std::string_view digits) {
  if (digits.size() != 8 && digits.size() != 32)
    return std::nullopt;
  named_address address;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_digit(digits[i]);
    const auto low = hex_digit(digits[i + 1]);
    if (!high || !low)
      return std::nullopt;
    address.bytes[address.length++] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return address;
}

// 0 to 255, without leading zeros.
std::optional<std::uint8_t> decimal_byte(std::string_view text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0'))
    return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 255)
    return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

// RFC 1035 section 3.5.
std::optional<named_address> reversed_v4(name_labels labels) {
  if (labels.size() != 4)
    return std::nullopt;
  named_address address{.length = 4};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto byte = decimal_byte(labels[3 - i]);
    if (!byte)
      return std::nullopt;
    address.bytes[i] = *byte;
  }
  return address;
}

// RFC 3596 section 2.5.
std::optional<named_address> reversed_v6(name_labels labels) {
  if (labels.size() != 32)
    return std::nullopt;
  std::string digits;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    if (label->size() != 1)
      return std::nullopt;
    digits += label->front();
  }
  return from_hex(digits);
}

// Names under arpa that are no whole address are a recursor's.
asked_name read_outside(name_labels labels) {
  static constexpr std::array<std::string_view, 2> v4{"in-addr", "arpa"};
  static constexpr std::array<std::string_view, 2> v6{"ip6", "arpa"};
  std::optional<named_address> address;
  if (ends_with(labels, v4))
    address = reversed_v4(labels.first(labels.size() - 2));
  else if (ends_with(labels, v6))
    address = reversed_v6(labels.first(labels.size() - 2));
  asked_name asked;
  if (address) {
    asked.kind = asked_kind::reverse;
    asked.address = *address;
  }
  return asked;
}

std::optional<asked_kind> kind_named(std::string_view label) {
  struct named {
    std::string_view label;
    asked_kind kind;
  };
  static constexpr std::array<named, 7> kinds{{{"service", asked_kind::service},
                                               {"node", asked_kind::node},
                                               {"query", asked_kind::query},
                                               {"connect", asked_kind::connect},
                                               {"ingress", asked_kind::ingress},
                                               {"virtual", asked_kind::virtual_ip},
                                               {"addr", asked_kind::address}}};
  for (const auto& known : kinds)
    if (same_label(label, known.label))
      return known.kind;
  return std::nullopt;
}

// What stands between the kind and the domain. False: no place that there is.
bool read_place(name_labels place, asked_name& asked) {
  if (place.empty())
    return true;
  if (place.size() > 2)
    return false;
  const bool of_peer =
      place.size() == 2 ? same_label(place[1], "peer") : asked.kind == asked_kind::virtual_ip;
  if (of_peer) {
    if (asked.kind != asked_kind::service && asked.kind != asked_kind::virtual_ip)
      return false;
    asked.peer = place[0];
    return true;
  }
  if (place.size() == 2 && !same_label(place[1], "dc"))
    return false;
  asked.datacenter = place[0];
  return true;
}

bool is_underscored(std::string_view label) {
  return label.size() > 1 && label.front() == '_';
}

bool read_service(name_labels what, asked_name& asked) {
  if (what.size() == 2 && is_underscored(what[0]) && is_underscored(what[1])) {
    asked.name = what[0].substr(1);
    if (!same_label(what[1], "_tcp"))
      asked.tag = what[1].substr(1);
    return true;
  }
  // A tag may have dots in it, a service's name may not.
  asked.name = what.back();
  asked.tag = joined(what.first(what.size() - 1));
  return true;
}

bool read_query(name_labels what, asked_name& asked) {
  if (what.size() == 2 && same_label(what[1], "_tcp")) {
    asked.name = is_underscored(what[0]) ? what[0].substr(1) : what[0];
    return true;
  }
  asked.name = joined(what);
  return true;
}

bool read_address(name_labels what, asked_name& asked) {
  const auto address = what.size() == 1 ? from_hex(what[0]) : std::nullopt;
  if (address)
    asked.address = *address;
  return address.has_value();
}

bool read_what(name_labels what, asked_name& asked) {
  if (what.empty())
    return false;
  if (asked.kind == asked_kind::service)
    return read_service(what, asked);
  if (asked.kind == asked_kind::query)
    return read_query(what, asked);
  if (asked.kind == asked_kind::address)
    return read_address(what, asked);
  asked.name = what[0];
  return what.size() == 1;
}

// The last label that names a kind is the one: a service may itself be called "node".
asked_name read_inside(name_labels labels) {
  asked_name asked;
  asked.kind = labels.empty() ? asked_kind::domain : asked_kind::unknown;
  for (std::size_t at = labels.size(); at-- > 0;) {
    const auto kind = kind_named(labels[at]);
    // RFC 2782's form may leave the word "service" out.
    const bool short_form =
        !kind && at == 1 && is_underscored(labels[0]) && is_underscored(labels[1]);
    if (!kind && !short_form)
      continue;
    asked.kind = kind.value_or(asked_kind::service);
    if (read_what(labels.first(short_form ? 2 : at), asked) &&
        read_place(labels.subspan(at + 1), asked))
      return asked;
    asked = {};
    asked.kind = asked_kind::unknown;
    return asked;
  }
  return asked;
}

}  // namespace

bool same_label(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

asked_name read_asked_name(name_labels labels,
                           std::span<const std::vector<std::string_view>> domains) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < domains.size(); ++i)
    if (ends_with(labels, domains[i]) && (!best || domains[i].size() > domains[*best].size()))
      best = i;
  if (!best)
    return read_outside(labels);
  auto asked = read_inside(labels.first(labels.size() - domains[*best].size()));
  asked.domain = *best;
  return asked;
}

}  // namespace troupe::gateway::dns
