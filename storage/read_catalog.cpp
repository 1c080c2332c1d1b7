#include "storage/read_catalog.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/catalog_rows.hpp"
#include "storage/read_indexes.hpp"

namespace troupe::storage {

using messages::HealthCheck;
using messages::Node;
using messages::NodeService;
using messages::ServiceSelection;

namespace {

// An instance with its node; nodes are read once for neighbours.
struct instance {
  const Node* node;
  NodeService service;
};

class node_reader {
 public:
  explicit node_reader(const read_transaction& txn) : txn_(txn) {}

  const Node* find(const std::string& name) {
    const auto key = node_table::key(name);
    auto known = nodes_.find(key);
    if (known == nodes_.end())
      known = nodes_.emplace(key, txn_.get<node_table>(key)).first;
    return known->second ? &*known->second : nullptr;
  }

 private:
  const read_transaction& txn_;
  std::map<std::string, std::optional<Node>> nodes_;
};

bool has_tags(const NodeService& service, const std::set<std::string>& folded_tags) {
  if (folded_tags.empty())
    return true;
  std::set<std::string> own;
  for (const auto& tag : service.tags())
    own.insert(folded(tag));
  return std::includes(own.begin(), own.end(), folded_tags.begin(), folded_tags.end());
}

template <class Table>
std::vector<instance> instances_under(const read_transaction& txn, node_reader& nodes,
                                      std::string_view name, const std::set<std::string>& tags) {
  std::vector<instance> found;
  const auto prefix = Table::of_name(name);
  for (auto rows = txn.scan<Table>(prefix); rows.next();) {
    auto service = txn.get<service_table>(rows.key().substr(prefix.size()));
    if (!service || !has_tags(*service, tags))
      continue;
    const Node* node = nodes.find(service->node());
    if (node != nullptr)
      found.push_back({node, std::move(*service)});
  }
  return found;
}

// Ordered by node, then by id of the instance. No service is imported from a peer and no gateway
// carries one as long as neither can be configured.
std::vector<instance> selected(const read_transaction& txn, node_reader& nodes,
                               const ServiceSelection& selection) {
  if (!selection.peer().empty() || selection.by() == ServiceSelection::INGRESS)
    return {};
  std::set<std::string> tags;
  for (const auto& tag : selection.tags())
    tags.insert(folded(tag));
  if (selection.by() == ServiceSelection::CONNECT)
    return instances_under<service_by_connect_table>(txn, nodes, selection.service(), tags);
  return instances_under<service_by_name_table>(txn, nodes, selection.service(), tags);
}

std::uint64_t catalog_index(const read_transaction& txn) {
  return largest_index(txn, {index_names::nodes, index_names::services, index_names::checks});
}

// The index of a service without instances: when the last such service ended, or, if none ever did,
// the catalog's.
std::uint64_t absent_service_index(const read_transaction& txn) {
  const auto extinction = txn.get<index_table>(index_names::service_extinction);
  return extinction ? *extinction : catalog_index(txn);
}

// Every service has an index of its own, so that a watcher does not wake for its neighbours.
std::uint64_t selection_index(const read_transaction& txn, const ServiceSelection& selection) {
  std::set<std::string> names;
  if (selection.peer().empty() && selection.by() == ServiceSelection::NAME) {
    names.insert(selection.service());
  } else if (selection.by() == ServiceSelection::CONNECT) {
    const auto prefix = service_by_connect_table::of_name(selection.service());
    for (auto rows = txn.scan<service_by_connect_table>(prefix); rows.next();) {
      if (const auto row = txn.get<service_table>(rows.key().substr(prefix.size())))
        names.insert(folded(row->service()));
    }
  }
  std::uint64_t largest = 0;
  for (const auto& name : names)
    largest = std::max(largest, txn.get<index_table>(index_names::service(name)).value_or(0));
  return largest != 0 ? largest : absent_service_index(txn);
}

messages::ServiceNode flat(const Node& node, NodeService&& service) {
  messages::ServiceNode row;
  row.set_id(node.id());
  row.set_node(node.node());
  row.set_address(node.address());
  row.set_datacenter(node.datacenter());
  *row.mutable_tagged_addresses() = node.tagged_addresses();
  *row.mutable_node_meta() = node.meta();
  row.set_service_kind(std::move(*service.mutable_kind()));
  row.set_service_id(std::move(*service.mutable_id()));
  row.set_service_name(std::move(*service.mutable_service()));
  row.mutable_service_tags()->Swap(service.mutable_tags());
  row.set_service_address(std::move(*service.mutable_address()));
  row.mutable_service_tagged_addresses()->swap(*service.mutable_tagged_addresses());
  row.mutable_service_weights()->Swap(service.mutable_weights());
  row.mutable_service_meta()->swap(*service.mutable_meta());
  row.set_service_port(service.port());
  row.mutable_service_ports()->Swap(service.mutable_ports());
  row.set_service_socket_path(std::move(*service.mutable_socket_path()));
  row.set_service_enable_tag_override(service.enable_tag_override());
  if (service.has_proxy())
    row.mutable_service_proxy()->Swap(service.mutable_proxy());
  if (service.has_connect())
    row.mutable_service_connect()->Swap(service.mutable_connect());
  if (service.has_locality())
    row.mutable_service_locality()->Swap(service.mutable_locality());
  row.set_peer_name(std::move(*service.mutable_peer_name()));
  row.set_create_index(service.create_index());
  row.set_modify_index(service.modify_index());
  return row;
}

template <class Table>
void add_checks(const read_transaction& txn, std::string_view prefix, messages::HealthChecks& out) {
  for (auto rows = txn.scan<Table>(prefix); rows.next();) {
    auto check = txn.get<check_table>(rows.key().substr(prefix.size()));
    if (check)
      *out.add_checks() = std::move(*check);
  }
}

void add_all(std::vector<HealthCheck> checks, messages::CheckServiceNode& out) {
  for (auto& check : checks)
    *out.add_checks() = std::move(check);
}

bool has_meta(const Node& node, const google::protobuf::Map<std::string, std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
    const auto own = node.meta().find(pair.first);
    return own != node.meta().end() && own->second == pair.second;
  });
}

// A node by its name, else by its id or the start of it, if only one starts so.
std::optional<Node> node_by_name_or_id(const read_transaction& txn, std::string_view wanted) {
  if (auto node = txn.get<node_table>(node_table::key(wanted)))
    return node;
  constexpr std::size_t id_start_bytes_min = 2;
  if (wanted.size() < id_start_bytes_min)
    return std::nullopt;
  auto ids = txn.scan<node_id_table>(node_id_table::key(wanted));
  if (!ids.next())
    return std::nullopt;
  const auto name = ids.value();
  if (ids.next())
    return std::nullopt;
  return txn.get<node_table>(node_table::key(name));
}

}  // namespace

std::uint64_t read_nodes(const read_transaction& txn, messages::Nodes& out) {
  for (auto rows = txn.scan<node_table>(); rows.next();)
    *out.add_nodes() = rows.value();
  return largest_index(txn, {index_names::nodes});
}

std::uint64_t read_services(const read_transaction& txn,
                            const google::protobuf::Map<std::string, std::string>& node_meta,
                            messages::Services& out) {
  node_reader nodes(txn);
  std::map<std::string, std::set<std::string>> tags;
  for (auto rows = txn.scan<service_table>(); rows.next();) {
    const auto service = rows.value();
    if (!node_meta.empty()) {
      const Node* node = nodes.find(service.node());
      if (node == nullptr || !has_meta(*node, node_meta))
        continue;
    }
    tags[service.service()].insert(service.tags().begin(), service.tags().end());
  }
  for (const auto& [name, all] : tags)
    (*out.mutable_services())[name].mutable_tags()->Assign(all.begin(), all.end());
  if (node_meta.empty())
    return largest_index(txn, {index_names::services});
  return largest_index(txn, {index_names::services, index_names::nodes});
}

std::uint64_t read_service_nodes(const read_transaction& txn, const ServiceSelection& selection,
                                 messages::ServiceNodes& out) {
  node_reader nodes(txn);
  for (auto& found : selected(txn, nodes, selection))
    *out.add_nodes() = flat(*found.node, std::move(found.service));
  return selection_index(txn, selection);
}

std::uint64_t read_node_services(const read_transaction& txn, std::string_view node,
                                 messages::NodeServices& out) {
  if (auto found = node_by_name_or_id(txn, node)) {
    for (auto& service : services_of_node(txn, found->node()))
      *out.add_services() = std::move(service);
    *out.mutable_node() = std::move(*found);
  }
  return largest_index(txn, {index_names::nodes, index_names::services});
}

std::uint64_t read_node_checks(const read_transaction& txn, std::string_view node,
                               messages::HealthChecks& out) {
  for (auto& check : checks_of_node(txn, node))
    *out.add_checks() = std::move(check);
  return largest_index(txn, {index_names::checks});
}

std::uint64_t read_service_checks(const read_transaction& txn, std::string_view service,
                                  messages::HealthChecks& out) {
  add_checks<check_by_service_table>(txn, check_by_service_table::of_name(service), out);
  return largest_index(txn, {index_names::checks});
}

std::uint64_t read_checks_in_state(const read_transaction& txn, std::string_view state,
                                   messages::HealthChecks& out) {
  if (state == "any") {
    for (auto rows = txn.scan<check_table>(); rows.next();)
      *out.add_checks() = rows.value();
  } else {
    add_checks<check_by_status_table>(txn, check_by_status_table::of_status(state), out);
  }
  return largest_index(txn, {index_names::checks});
}

std::uint64_t read_service_health(const read_transaction& txn, const ServiceSelection& selection,
                                  messages::ServiceHealth& out) {
  node_reader nodes(txn);
  for (auto& found : selected(txn, nodes, selection)) {
    auto& row = *out.add_instances();
    *row.mutable_node() = *found.node;
    add_all(checks_of_instance(txn, found.service.node(), ""), row);
    add_all(checks_of_instance(txn, found.service.node(), found.service.id()), row);
    *row.mutable_service() = std::move(found.service);
  }
  return selection_index(txn, selection);
}

std::uint64_t read_ca_roots(const read_transaction& txn, messages::CaRoots& out) {
  if (auto active = txn.get<ca_root_table>("active")) {
    out.set_active_root_id(active->root().id());
    out.set_trust_domain(active->cluster_id() + ".consul");
    auto& root = *out.add_roots();
    root = std::move(*active->mutable_root());
    root.clear_private_key();
  }
  return largest_index(txn, {index_names::ca_roots});
}

Node read_node(const read_transaction& txn, std::string_view name) {
  return txn.get<node_table>(node_table::key(name)).value_or(Node());
}

}  // namespace troupe::storage
