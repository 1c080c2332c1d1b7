// Rows of the catalog with everything that hangs on them: secondary tables, indexes of tables and
// services, topics. A row is written and erased here and nowhere else; what may be written is
// decided in apply_catalog.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/apply.hpp"

namespace troupe::storage {

// The service that an instance serves inside the mesh: its own if native, a proxy's destination;
// empty: none.
std::string_view connect_target(const messages::NodeService& service);

void put_node(apply_context& batch, const messages::Node& row);
void erase_node(apply_context& batch, const messages::Node& row);

// The row's `node` says whose it is.
void put_coordinate(apply_context& batch, const messages::CoordinateEntry& row);

void put_service(apply_context& batch, const messages::NodeService& row);
void erase_service(apply_context& batch, const messages::NodeService& row);
std::vector<messages::NodeService> services_of_node(const transaction& txn, std::string_view node);

void put_check(apply_context& batch, const messages::HealthCheck& row);
void erase_check(apply_context& batch, const messages::HealthCheck& row);
std::vector<messages::HealthCheck> checks_of_node(const transaction& txn, std::string_view node);
// service_id "": the checks of the node itself.
std::vector<messages::HealthCheck> checks_of_instance(const transaction& txn, std::string_view node,
                                                      std::string_view service_id);

}  // namespace troupe::storage
