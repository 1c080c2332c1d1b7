// The catalog's commands: what a registration may do, and what a deregistration takes with it. A
// registration that changes nothing moves no index and wakes nobody.
#include <algorithm>

#include <google/protobuf/util/message_differencer.h>

#include "storage/catalog_rows.hpp"
#include "storage/virtual_ips.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::DeregisterRequest;
using messages::HealthCheck;
using messages::Node;
using messages::NodeService;
using messages::RegisterRequest;

namespace {

constexpr std::string_view serf_check = "serfHealth";

std::string in_quotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// Equal but for the indexes, which `wanted` takes from `stored`.
template <class Row>
bool keeps_row(const Row& stored, Row& wanted) {
  wanted.set_create_index(stored.create_index());
  wanted.set_modify_index(stored.modify_index());
  return google::protobuf::util::MessageDifferencer::Equivalent(stored, wanted);
}

// -- the node of a registration ---------------------------------------------------

struct node_plan {
  bool writes = false;
  Node row;
  std::optional<Node> renamed_from;
  std::string refusal;
};

Node node_of(const RegisterRequest& request) {
  Node node;
  node.set_id(request.id());
  node.set_node(request.node());
  node.set_address(request.address());
  node.set_datacenter(request.datacenter());
  *node.mutable_tagged_addresses() = request.tagged_addresses();
  *node.mutable_meta() = request.node_meta();
  if (request.has_locality())
    *node.mutable_locality() = request.locality();
  return node;
}

// A name belongs to the node id that has it for as long as that node's serfHealth is not critical.
// Nodes without that check are no members: their names are free. Empty: the name may be taken.
std::string name_reserved(const transaction& txn, const Node& wanted, bool over_nameless_id) {
  const auto holder = txn.get<node_table>(node_table::key(wanted.node()));
  if (!holder || holder->id() == wanted.id())
    return {};
  const auto health = txn.get<check_table>(check_table::key(holder->node(), serf_check));
  if (!health || health->status() == "critical")
    return {};
  if (holder->id().empty() && over_nameless_id)
    return {};
  return "Node name " + wanted.node() + " is reserved by node " + holder->id() + " with name " +
         holder->node() + " (" + holder->address() + ")";
}

std::optional<Node> node_by_id(const transaction& txn, const std::string& id) {
  if (id.empty())
    return std::nullopt;
  const auto name = txn.get<node_id_table>(node_id_table::key(id));
  return name ? txn.get<node_table>(node_table::key(*name)) : std::nullopt;
}

node_plan plan_node(const transaction& txn, const RegisterRequest& request) {
  node_plan plan;
  plan.row = node_of(request);
  const auto by_name = txn.get<node_table>(node_table::key(request.node()));
  if (by_name && request.skip_node_update())
    return plan;
  auto existing = node_by_id(txn, request.id());
  if (existing && existing->node() != request.node()) {
    if (const auto why = name_reserved(txn, plan.row, false); !why.empty()) {
      plan.refusal = "Error while renaming Node ID: " + in_quotes(request.id()) + " (" +
                     request.address() + "): " + why;
      return plan;
    }
    plan.renamed_from = existing;
  } else if (!existing && !request.id().empty()) {
    if (const auto why = name_reserved(txn, plan.row, true); !why.empty()) {
      plan.refusal = "Error while renaming Node ID: " + in_quotes(request.id()) + ": " + why;
      return plan;
    }
  }
  if (!existing)
    existing = by_name;
  plan.writes = !existing || !keeps_row(*existing, plan.row);
  return plan;
}

// Everything of the old name moves to the new one.
void rename_node(apply_context& batch, const Node& old, const std::string& name) {
  const auto checks = checks_of_node(batch.txn(), old.node());
  const auto services = services_of_node(batch.txn(), old.node());
  for (const auto& row : checks)
    erase_check(batch, row);
  for (const auto& row : services)
    erase_service(batch, row);
  erase_node(batch, old);
  for (auto row : services) {
    row.set_node(name);
    row.set_modify_index(batch.log_index());
    tag_virtual_address(batch, row);
    put_service(batch, row);
  }
  for (auto row : checks) {
    row.set_node(name);
    row.set_modify_index(batch.log_index());
    put_check(batch, row);
  }
}

void write_node(apply_context& batch, node_plan& plan) {
  if (!plan.writes)
    return;
  if (plan.renamed_from)
    rename_node(batch, *plan.renamed_from, plan.row.node());
  if (plan.row.create_index() == 0)
    plan.row.set_create_index(batch.log_index());
  plan.row.set_modify_index(batch.log_index());
  put_node(batch, plan.row);
}

// -- its service --------------------------------------------------------------------

void write_service(apply_context& batch, const RegisterRequest& request) {
  if (!request.has_service())
    return;
  NodeService row = request.service();
  row.set_node(request.node());
  tag_virtual_address(batch, row);
  const auto existing = batch.txn().get<service_table>(service_table::key(row.node(), row.id()));
  if (existing) {
    row.set_node(existing->node());
    if (keeps_row(*existing, row))
      return;
    row.set_node(request.node());
  } else {
    row.set_create_index(batch.log_index());
  }
  row.set_modify_index(batch.log_index());
  put_service(batch, row);
}

// -- its checks ---------------------------------------------------------------------

void write_check(apply_context& batch, HealthCheck row) {
  auto& txn = batch.txn();
  row.clear_service_name();
  row.clear_service_tags();
  if (!row.service_id().empty()) {
    const auto service = txn.get<service_table>(service_table::key(row.node(), row.service_id()));
    if (service) {
      row.set_service_name(service->service());
      *row.mutable_service_tags() = service->tags();
    }
  }
  const auto existing = txn.get<check_table>(check_table::key(row.node(), row.check_id()));
  if (existing && keeps_row(*existing, row))
    return;
  if (!existing)
    row.set_create_index(batch.log_index());
  row.set_modify_index(batch.log_index());
  put_check(batch, row);
}

// Why the checks cannot be registered; empty: they can.
std::string unknown_service(const transaction& txn, const RegisterRequest& request) {
  for (const auto& check : request.checks()) {
    const auto& id = check.service_id();
    if (id.empty() || (request.has_service() && request.service().id() == id))
      continue;
    const auto service = txn.get<service_table>(service_table::key(request.node(), id));
    if (!service || service->id() != id)
      return "Unknown service ID '" + id + "' for check ID '" + check.check_id() + "'";
  }
  return {};
}

std::string misplaced_check(const RegisterRequest& request) {
  for (const auto& check : request.checks()) {
    if (folded(check.node()) != folded(request.node()))
      return "check node " + in_quotes(check.node()) + " does not match node " +
             in_quotes(request.node());
    if (check.check_id().empty())
      return "failed inserting check: object missing primary index on node " +
             in_quotes(request.node());
  }
  return {};
}

// What a registration leaves open: ids, weights, whose a check is, the state of an untold check.
void fill_defaults(RegisterRequest& request) {
  if (request.has_service()) {
    auto& service = *request.mutable_service();
    if (service.id().empty())
      service.set_id(service.service());
    if (!service.has_weights()) {
      service.mutable_weights()->set_passing(1);
      service.mutable_weights()->set_warning(1);
    }
  }
  if (request.has_check()) {
    *request.add_checks() = request.check();
    request.clear_check();
  }
  for (auto& check : *request.mutable_checks()) {
    if (check.node().empty())
      check.set_node(request.node());
    if (check.check_id().empty())
      check.set_check_id(check.name());
    if (check.status().empty())
      check.set_status("critical");
  }
}

// -- deregistration -------------------------------------------------------------------

void deregister_service(apply_context& batch, const std::string& node, const std::string& id) {
  const auto service = batch.txn().get<service_table>(service_table::key(node, id));
  if (!service)
    return;
  for (const auto& check : checks_of_instance(batch.txn(), node, id))
    erase_check(batch, check);
  erase_service(batch, *service);
}

void deregister_check(apply_context& batch, const std::string& node, const std::string& id) {
  const auto check = batch.txn().get<check_table>(check_table::key(node, id));
  if (check)
    erase_check(batch, *check);
}

void deregister_node(apply_context& batch, const std::string& name) {
  const auto node = batch.txn().get<node_table>(node_table::key(name));
  if (!node)
    return;
  // Checks of the node itself touch its instances: these go first, and touch themselves.
  for (const auto& service : services_of_node(batch.txn(), name))
    deregister_service(batch, name, service.id());
  for (const auto& check : checks_of_node(batch.txn(), name))
    erase_check(batch, check);
  erase_node(batch, *node);
}

}  // namespace

CommandResult apply_register(apply_context& batch, RegisterRequest request) {
  if (request.node().empty())
    return refused("Must provide node");
  fill_defaults(request);
  if (request.has_service() && request.service().service().empty())
    return refused("Must provide service name (Service.Service) when service ID is provided");
  if (auto why = unknown_service(batch.txn(), request); !why.empty())
    return refused(std::move(why));
  auto node = plan_node(batch.txn(), request);
  if (!node.refusal.empty())
    return refused("failed inserting node: " + node.refusal);
  if (auto why = misplaced_check(request); !why.empty())
    return refused(std::move(why));
  write_node(batch, node);
  write_service(batch, request);
  for (const auto& check : request.checks())
    write_check(batch, check);
  return done();
}

CommandResult apply_deregister(apply_context& batch, const DeregisterRequest& request) {
  if (request.node().empty())
    return refused("Must provide node");
  if (!request.service_id().empty())
    deregister_service(batch, request.node(), request.service_id());
  else if (!request.check_id().empty())
    deregister_check(batch, request.node(), request.check_id());
  else
    deregister_node(batch, request.node());
  return done();
}

}  // namespace troupe::storage
