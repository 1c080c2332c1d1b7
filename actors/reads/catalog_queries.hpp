// The queries of the catalog and of the certificate authority. ?filter= and ?node-meta= choose
// among the rows of the result, ?near= orders them, and both leave its index alone, as in Consul
// 1.22.7.
#pragma once

#include "actors/reads/query.hpp"
#include "messages/autopilot.pb.h"
#include "messages/catalog.pb.h"
#include "messages/connect.pb.h"

namespace troupe::actors::reads {

template <class Reply, class Root>
struct catalog_query {
  using reply = Reply;
  static const google::protobuf::Descriptor* filter_root() { return Root::descriptor(); }
};

template <>
struct query<messages::NodesQuery> : catalog_query<messages::Nodes, messages::Node> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::NodesQuery& request,
                           const messages::filter::expression& filter, messages::Nodes& out);
  static watch_interest interest(const messages::NodesQuery& request,
                                 const messages::Nodes& answer);
};

template <>
struct query<messages::ServicesQuery> : catalog_query<messages::Services, messages::ServiceNode> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::ServicesQuery& request,
                           const messages::filter::expression& filter, messages::Services& out);
  static watch_interest interest(const messages::ServicesQuery& request,
                                 const messages::Services& answer);
};

template <>
struct query<messages::ServiceNodesQuery>
    : catalog_query<messages::ServiceNodes, messages::ServiceNode> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::ServiceNodesQuery& request,
                           const messages::filter::expression& filter, messages::ServiceNodes& out);
  static watch_interest interest(const messages::ServiceNodesQuery& request,
                                 const messages::ServiceNodes& answer);
};

template <>
struct query<messages::NodeServicesQuery>
    : catalog_query<messages::NodeServices, messages::NodeService> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::NodeServicesQuery& request,
                           const messages::filter::expression& filter, messages::NodeServices& out);
  static watch_interest interest(const messages::NodeServicesQuery& request,
                                 const messages::NodeServices& answer);
};

template <>
struct query<messages::NodeChecksQuery>
    : catalog_query<messages::HealthChecks, messages::HealthCheck> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::NodeChecksQuery& request,
                           const messages::filter::expression& filter, messages::HealthChecks& out);
  static watch_interest interest(const messages::NodeChecksQuery& request,
                                 const messages::HealthChecks& answer);
};

template <>
struct query<messages::ServiceChecksQuery>
    : catalog_query<messages::HealthChecks, messages::HealthCheck> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::ServiceChecksQuery& request,
                           const messages::filter::expression& filter, messages::HealthChecks& out);
  static watch_interest interest(const messages::ServiceChecksQuery& request,
                                 const messages::HealthChecks& answer);
};

template <>
struct query<messages::ChecksInStateQuery>
    : catalog_query<messages::HealthChecks, messages::HealthCheck> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::ChecksInStateQuery& request,
                           const messages::filter::expression& filter, messages::HealthChecks& out);
  static watch_interest interest(const messages::ChecksInStateQuery& request,
                                 const messages::HealthChecks& answer);
};

template <>
struct query<messages::ServiceHealthQuery>
    : catalog_query<messages::ServiceHealth, messages::CheckServiceNode> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::ServiceHealthQuery& request,
                           const messages::filter::expression& filter,
                           messages::ServiceHealth& out);
  static watch_interest interest(const messages::ServiceHealthQuery& request,
                                 const messages::ServiceHealth& answer);
};

template <>
struct query<messages::AutopilotConfigurationQuery> {
  using reply = messages::AutopilotConfigurations;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::AutopilotConfigurationQuery& request,
                           const messages::filter::expression& filter,
                           messages::AutopilotConfigurations& out);
  static watch_interest interest(const messages::AutopilotConfigurationQuery& request,
                                 const messages::AutopilotConfigurations& answer);
};

template <>
struct query<messages::CaRootsQuery> {
  using reply = messages::CaRoots;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::CaRootsQuery& request,
                           const messages::filter::expression& filter, messages::CaRoots& out);
  static watch_interest interest(const messages::CaRootsQuery& request,
                                 const messages::CaRoots& answer);
};

}  // namespace troupe::actors::reads
