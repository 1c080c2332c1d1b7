// What a query's name asks for, by Consul's forms: NODE.node, [TAG.]SERVICE.service, _SERVICE._TAG,
// HEX.addr and the others, each with the labels of a place after it. It looks at the name alone: it
// neither reads packets nor knows whether the thing exists.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::gateway::dns {

// The labels of a name, first one first, without the root's empty one.
using name_labels = std::span<const std::string_view>;

enum class asked_kind : std::uint8_t {
  elsewhere,   // outside our domains: for a recursor
  unknown,     // in our domain, no form of ours: NXDOMAIN
  domain,      // the domain itself
  node,        // name
  service,     // name, tag
  connect,     // name: the service's mesh-capable instances
  ingress,     // name: the gateways that let it in
  virtual_ip,  // name, peer
  query,       // name: of a prepared query, or its id
  address,     // address: written out in the name
  reverse,     // address: under in-addr.arpa or ip6.arpa
};

// 4 or 16 bytes in network order.
struct named_address {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t length = 0;

  bool operator==(const named_address&) const = default;
};

// Texts are as they were asked: whoever looks them up ignores case.
struct asked_name {
  asked_kind kind = asked_kind::elsewhere;
  std::string name;
  std::string tag;         // empty: any
  std::string datacenter;  // empty: the agent's own
  std::string peer;        // empty: none
  named_address address;
  std::size_t domain = 0;  // which of the domains given; answers are named under it
};

// ASCII only, as RFC 4343 section 3 has it.
bool same_label(std::string_view a, std::string_view b);

// `domains` are the agent's domain and its alternative, each as labels. Of several that match the
// longest counts.
asked_name read_asked_name(name_labels labels,
                           std::span<const std::vector<std::string_view>> domains);

}  // namespace troupe::gateway::dns
