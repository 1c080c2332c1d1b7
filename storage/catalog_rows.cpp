#include "storage/catalog_rows.hpp"

#include "storage/session_rows.hpp"
#include "storage/virtual_ips.hpp"

namespace troupe::storage {

using messages::CoordinateEntry;
using messages::HealthCheck;
using messages::Node;
using messages::NodeService;

namespace {

// What a client sees of this instance has changed, though not necessarily its row.
void touch_instance(apply_context& batch, const NodeService& row) {
  batch.bump(index_names::service(row.service()));
  batch.touch(topics::service(row.service()));
  if (const auto target = connect_target(row); !target.empty())
    batch.touch(topics::connect(target));
}

// A node's address and its own checks show in the health of all its instances.
void touch_instances_of_node(apply_context& batch, std::string_view node) {
  for (const auto& row : services_of_node(batch.txn(), node))
    touch_instance(batch, row);
}

void touch_check(apply_context& batch, const HealthCheck& row) {
  batch.bump(index_names::checks);
  batch.touch(topics::checks);
  batch.touch(topics::node(row.node()));
  if (row.service_id().empty()) {
    touch_instances_of_node(batch, row.node());
    return;
  }
  const auto service =
      batch.txn().get<service_table>(service_table::key(row.node(), row.service_id()));
  if (service)
    touch_instance(batch, *service);
}

void erase_service_keys(apply_context& batch, const NodeService& row) {
  auto& txn = batch.txn();
  txn.erase<service_by_name_table>(service_by_name_table::key(row.service(), row.node(), row.id()));
  if (const auto target = connect_target(row); !target.empty())
    txn.erase<service_by_connect_table>(
        service_by_connect_table::key(target, row.node(), row.id()));
}

// Once the last instance of a name is gone, its index goes too: a name that never was and one that
// is no more share the extinction index.
void retire_name_if_unused(apply_context& batch, const std::string& service) {
  const auto prefix = service_by_name_table::of_name(service);
  if (batch.txn().scan<service_by_name_table>(prefix).next())
    return;
  batch.drop_index(index_names::service(service));
  batch.bump(index_names::service_extinction);
}

void erase_check_keys(apply_context& batch, const HealthCheck& row) {
  auto& txn = batch.txn();
  txn.erase<check_by_instance_table>(
      check_by_instance_table::key(row.node(), row.service_id(), row.check_id()));
  txn.erase<check_by_status_table>(
      check_by_status_table::key(row.status(), row.node(), row.check_id()));
  if (!row.service_name().empty())
    txn.erase<check_by_service_table>(
        check_by_service_table::key(row.service_name(), row.node(), row.check_id()));
}

void touch_coordinate(apply_context& batch, std::string_view node) {
  batch.bump(index_names::coordinates);
  batch.touch(topics::coordinates);
  batch.touch(topics::coordinate(node));
}

void erase_coordinates(apply_context& batch, std::string_view node) {
  std::vector<std::string> keys;
  for (auto rows = batch.txn().scan<coordinate_table>(coordinate_table::of_node(node));
       rows.next();)
    keys.emplace_back(rows.key());
  for (const auto& key : keys)
    batch.txn().erase<coordinate_table>(key);
  if (!keys.empty())
    touch_coordinate(batch, node);
}

template <class Table>
std::vector<typename Table::value> rows_under(const transaction& txn, std::string_view prefix) {
  std::vector<typename Table::value> found;
  for (auto rows = txn.scan<Table>(prefix); rows.next();)
    found.push_back(rows.value());
  return found;
}

}  // namespace

std::string_view connect_target(const NodeService& service) {
  if (service.connect().native())
    return service.service();
  if (service.kind() == "connect-proxy")
    return service.proxy().destination_service_name();
  return {};
}

// -- nodes ------------------------------------------------------------------

void put_node(apply_context& batch, const Node& row) {
  auto& txn = batch.txn();
  const auto key = node_table::key(row.node());
  const auto before = txn.get<node_table>(key);
  if (before && !before->id().empty() && before->id() != row.id())
    txn.erase<node_id_table>(node_id_table::key(before->id()));
  txn.put<node_table>(key, row);
  if (!row.id().empty())
    txn.put<node_id_table>(node_id_table::key(row.id()), row.node());
  batch.bump(index_names::nodes);
  batch.touch(topics::nodes);
  batch.touch(topics::node(row.node()));
  touch_instances_of_node(batch, row.node());
}

void erase_node(apply_context& batch, const Node& row) {
  batch.txn().erase<node_table>(node_table::key(row.node()));
  if (!row.id().empty())
    batch.txn().erase<node_id_table>(node_id_table::key(row.id()));
  batch.bump(index_names::nodes);
  batch.touch(topics::nodes);
  batch.touch(topics::node(row.node()));
  end_sessions_of_node(batch, row.node());
  erase_coordinates(batch, row.node());
}

// An equal one touches nothing: a node that stays where it is wakes nobody.
void put_coordinate(apply_context& batch, const CoordinateEntry& row) {
  auto& txn = batch.txn();
  const auto key = coordinate_table::key(row.node(), row.segment());
  const auto before = txn.get<coordinate_table>(key);
  if (before && before->SerializeAsString() == row.SerializeAsString())
    return;
  txn.put<coordinate_table>(key, row);
  touch_coordinate(batch, row.node());
}

// -- services ------------------------------------------------------------------

void put_service(apply_context& batch, const NodeService& row) {
  auto& txn = batch.txn();
  const auto key = service_table::key(row.node(), row.id());
  const auto before = txn.get<service_table>(key);
  if (before)
    erase_service_keys(batch, *before);
  txn.put<service_table>(key, row);
  txn.put<service_by_name_table>(service_by_name_table::key(row.service(), row.node(), row.id()),
                                 {});
  if (const auto target = connect_target(row); !target.empty())
    txn.put<service_by_connect_table>(service_by_connect_table::key(target, row.node(), row.id()),
                                      {});
  if (before) {
    touch_instance(batch, *before);
    if (folded(before->service()) != folded(row.service()))
      retire_name_if_unused(batch, before->service());
    free_virtual_address_if_unused(batch, before->service());
    free_virtual_address_if_unused(batch, connect_target(*before));
  }
  touch_instance(batch, row);
  batch.bump(index_names::services);
  batch.touch(topics::services);
  batch.touch(topics::node(row.node()));
}

void erase_service(apply_context& batch, const NodeService& row) {
  batch.txn().erase<service_table>(service_table::key(row.node(), row.id()));
  erase_service_keys(batch, row);
  touch_instance(batch, row);
  retire_name_if_unused(batch, row.service());
  free_virtual_address_if_unused(batch, row.service());
  free_virtual_address_if_unused(batch, connect_target(row));
  batch.bump(index_names::services);
  batch.touch(topics::services);
  batch.touch(topics::node(row.node()));
}

std::vector<NodeService> services_of_node(const transaction& txn, std::string_view node) {
  return rows_under<service_table>(txn, service_table::of_node(node));
}

// -- checks -----------------------------------------------------------------------

void put_check(apply_context& batch, const HealthCheck& row) {
  auto& txn = batch.txn();
  const auto key = check_table::key(row.node(), row.check_id());
  const auto before = txn.get<check_table>(key);
  if (before)
    erase_check_keys(batch, *before);
  txn.put<check_table>(key, row);
  txn.put<check_by_instance_table>(
      check_by_instance_table::key(row.node(), row.service_id(), row.check_id()), {});
  txn.put<check_by_status_table>(
      check_by_status_table::key(row.status(), row.node(), row.check_id()), {});
  if (!row.service_name().empty())
    txn.put<check_by_service_table>(
        check_by_service_table::key(row.service_name(), row.node(), row.check_id()), {});
  // A check may have moved from one instance to another: both show it.
  if (before && before->service_id() != row.service_id())
    touch_check(batch, *before);
  touch_check(batch, row);
  if (row.status() == "critical")
    end_sessions_of_check(batch, row.node(), row.check_id());
}

void erase_check(apply_context& batch, const HealthCheck& row) {
  batch.txn().erase<check_table>(check_table::key(row.node(), row.check_id()));
  erase_check_keys(batch, row);
  touch_check(batch, row);
  end_sessions_of_check(batch, row.node(), row.check_id());
}

std::vector<HealthCheck> checks_of_node(const transaction& txn, std::string_view node) {
  return rows_under<check_table>(txn, check_table::of_node(node));
}

std::vector<HealthCheck> checks_of_instance(const transaction& txn, std::string_view node,
                                            std::string_view service_id) {
  std::vector<HealthCheck> found;
  const auto prefix = check_by_instance_table::of_instance(node, service_id);
  for (auto rows = txn.scan<check_by_instance_table>(prefix); rows.next();) {
    auto check = txn.get<check_table>(check_table::key(node, rows.key().substr(prefix.size())));
    if (check)
      found.push_back(std::move(*check));
  }
  return found;
}

}  // namespace troupe::storage
