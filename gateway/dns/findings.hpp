// What the catalog had to say about a name, digested once into what answers are made of: addresses
// as bytes, names in wire form. Health is judged here: what is critical does not come through.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/dns/asked_name.hpp"
#include "messages/catalog.pb.h"
#include "messages/query.pb.h"

namespace troupe::gateway::dns {

// A service's instance, or a node. Names in front of the domain are labels without an end.
struct instance {
  named_address address;  // length 0: `host` is all there is
  named_address lan_v4;   // of A answers, if given
  named_address lan_v6;   // of AAAA answers, if given
  std::string host;       // a whole name in wire form; empty: there is an address
  std::vector<named_address> host_addresses;  // IPv4 ones of `host`, if recursors know them
  std::string target;  // HEX.addr.DC or NODE.node.DC: what an SRV record names
  std::string node;    // NODE.node.DC; empty: the node's name is no DNS name
  std::uint16_t port = 0;
  std::uint16_t weight = 1;
  std::vector<std::string> texts;  // of the node's meta, as TXT records have them
};

struct findings {
  std::vector<instance> instances;
  std::vector<std::string>
      pointers;  // what an address belongs to: NODE.node.DC, SERVICE.service.DC
  // Of a prepared query: its instances stand in the order that it gave them.
  bool of_query = false;
  std::string service;                 // whose instances they are
  std::optional<std::uint32_t> ttl_s;  // unset: that service's
};

// Instances without a critical check, or with all passing; one without a usable address is left
// out.
findings found_instances(const messages::ServiceHealth& answer, bool only_passing);

// The service's virtual address, told by its instances in the mesh, however they do; none: it has
// none.
findings found_virtual(const messages::ServiceHealth& answer);

// All that the prepared query gave: it has judged their health. None if there is no such query.
findings found_by_query(const messages::PreparedQueryResult& answer);

// Instances of the servers, with their nodes' names in lower case, as NS records have them.
findings found_nameservers(const messages::ServiceHealth& answer);

// One instance, or none if there is no such node.
findings found_node(const messages::NodeServices& answer);

// The node that has this address.
std::string pointer_to(const messages::Node& node);
std::string pointer_to_service(std::string_view service, std::string_view datacenter);

// One pair of a node's meta as TXT has it (RFC 1464); of keys in "rfc1035-" only the value.
std::string meta_text(std::string_view key, std::string_view value);

}  // namespace troupe::gateway::dns
