#include "gateway/dns/findings.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "gateway/dns/names.hpp"
#include "messages/go_duration.hpp"

namespace troupe::gateway::dns {

namespace {

using messages::CheckServiceNode;
using messages::Node;

constexpr int weight_max = 65535;
constexpr const char* virtual_address_tag = "consul-virtual";

bool has_check(const CheckServiceNode& row, std::string_view status) {
  return std::ranges::any_of(row.checks(),
                             [&](const auto& check) { return check.status() == status; });
}

std::uint16_t clamped(int value) {
  return static_cast<std::uint16_t>(std::clamp(value, 0, weight_max));
}

std::uint16_t weight_of(const CheckServiceNode& row) {
  if (!row.service().has_weights())
    return 1;
  const auto& weights = row.service().weights();
  return clamped(has_check(row, "warning") ? weights.warning() : weights.passing());
}

std::string lower(std::string text) {
  for (char& c : text)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string name_under(std::string_view first, std::string_view kind, std::string_view datacenter) {
  std::string dotted(first);
  dotted.append(".").append(kind).append(".").append(lower(std::string(datacenter)));
  return wire_labels(dotted).value_or("");
}

std::vector<std::string> meta_texts(const Node& node) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : node.meta())
    texts.push_back(meta_text(key, value));
  return texts;
}

// False: neither an address nor a host's name.
bool take_address(const std::string& text, instance& to) {
  if (const auto address = parse_address(text)) {
    to.address = *address;
    return true;
  }
  to.host = whole_wire_name(text).value_or("");
  return !to.host.empty();
}

template <class Tagged>
named_address tagged(const Tagged& all, const char* tag, std::uint8_t length) {
  const auto found = all.find(tag);
  if (found == all.end())
    return {};
  std::string_view text;
  if constexpr (requires { found->second.address(); })
    text = found->second.address();
  else
    text = found->second;
  const auto address = parse_address(text);
  return address && address->length == length ? *address : named_address{};
}

template <class Tagged>
void take_lan_addresses(const Tagged& all, instance& to) {
  to.lan_v4 = tagged(all, "lan_ipv4", 4);
  to.lan_v6 = tagged(all, "lan_ipv6", 16);
}

bool take_service(const CheckServiceNode& row, instance& to) {
  const auto& service = row.service();
  const auto& node = row.node();
  to.node = name_under(node.node(), "node", node.datacenter());
  to.port = clamped(service.port());
  to.weight = weight_of(row);
  to.texts = meta_texts(node);
  if (service.address().empty()) {
    take_lan_addresses(node.tagged_addresses(), to);
    to.target = to.node;
    return take_address(node.address(), to) && !to.target.empty();
  }
  take_lan_addresses(service.tagged_addresses(), to);
  if (!take_address(service.address(), to))
    return false;
  if (to.host.empty())
    to.target = name_under(address_digits(to.address), "addr", node.datacenter());
  return true;
}

}  // namespace

findings found_instances(const messages::ServiceHealth& answer, bool only_passing) {
  findings found;
  for (const auto& row : answer.instances()) {
    const bool wanted = !has_check(row, "critical") && !(only_passing && has_check(row, "warning"));
    instance made;
    if (wanted && take_service(row, made))
      found.instances.push_back(std::move(made));
  }
  return found;
}

findings found_virtual(const messages::ServiceHealth& answer) {
  findings found;
  for (const auto& row : answer.instances()) {
    instance made;
    made.address = tagged(row.service().tagged_addresses(), virtual_address_tag, 4);
    if (made.address.length == 0)
      continue;
    found.instances.push_back(std::move(made));
    break;
  }
  return found;
}

findings found_by_query(const messages::PreparedQueryResult& answer) {
  findings found;
  found.of_query = true;
  found.service = answer.service();
  for (const auto& row : answer.instances()) {
    instance made;
    if (take_service(row, made))
      found.instances.push_back(std::move(made));
  }
  const auto ttl = messages::parse_go_duration(answer.dns().ttl());
  if (ttl && ttl->count() >= 0)
    found.ttl_s = static_cast<std::uint32_t>(
        std::min<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(*ttl).count(),
                               std::numeric_limits<std::int32_t>::max()));
  return found;
}

findings found_nameservers(const messages::ServiceHealth& answer) {
  auto found = found_instances(answer, false);
  for (auto& each : found.instances)
    each.node = lower(std::move(each.node));
  return found;
}

findings found_node(const messages::NodeServices& answer) {
  findings found;
  if (!answer.has_node() || answer.node().node().empty())
    return found;
  const auto& node = answer.node();
  instance made;
  made.node = name_under(node.node(), "node", node.datacenter());
  made.target = made.node;
  made.texts = meta_texts(node);
  take_lan_addresses(node.tagged_addresses(), made);
  if (take_address(node.address(), made))
    found.instances.push_back(std::move(made));
  return found;
}

std::string pointer_to(const Node& node) {
  return name_under(node.node(), "node", node.datacenter());
}

std::string pointer_to_service(std::string_view service, std::string_view datacenter) {
  return name_under(service, "service", datacenter);
}

std::string meta_text(std::string_view key, std::string_view value) {
  if (key.starts_with("rfc1035-"))
    return std::string(value);
  std::string text;
  const auto first = std::min(key.find_first_not_of(' '), key.size());
  const auto last = key.find_last_not_of(' ');
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool outer_blank = i < first || last == std::string_view::npos || i > last;
    if (key[i] == '`' || key[i] == '=' || outer_blank)
      text += '`';
    text += key[i];
  }
  text += '=';
  for (const char c : value) {
    if (c == '`')
      text += '`';
    text += c;
  }
  return text;
}

}  // namespace troupe::gateway::dns
