// Queries of the catalog within one read transaction. Each fills an answer's rows and returns the
// index of its result: what X-Consul-Index says and a blocking query compares.
#pragma once

#include <cstdint>
#include <string_view>

#include "messages/catalog.pb.h"
#include "messages/connect.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

std::uint64_t read_nodes(const read_transaction& txn, messages::Nodes& out);
// Only nodes with all of `node_meta` count, if any is given.
std::uint64_t read_services(const read_transaction& txn,
                            const google::protobuf::Map<std::string, std::string>& node_meta,
                            messages::Services& out);
std::uint64_t read_service_nodes(const read_transaction& txn,
                                 const messages::ServiceSelection& selection,
                                 messages::ServiceNodes& out);
std::uint64_t read_node_services(const read_transaction& txn, std::string_view node,
                                 messages::NodeServices& out);
std::uint64_t read_node_checks(const read_transaction& txn, std::string_view node,
                               messages::HealthChecks& out);
std::uint64_t read_service_checks(const read_transaction& txn, std::string_view service,
                                  messages::HealthChecks& out);
std::uint64_t read_checks_in_state(const read_transaction& txn, std::string_view state,
                                   messages::HealthChecks& out);
// Node-level checks of an instance's node come with the service's own.
std::uint64_t read_service_health(const read_transaction& txn,
                                  const messages::ServiceSelection& selection,
                                  messages::ServiceHealth& out);
std::uint64_t read_ca_roots(const read_transaction& txn, messages::CaRoots& out);

// Rows of a node's meta, for ?node-meta=; absent node: unset id and name.
messages::Node read_node(const read_transaction& txn, std::string_view name);

}  // namespace troupe::storage
