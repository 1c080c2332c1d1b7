// /v1/catalog/...: section 3.3 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"

namespace troupe::gateway {

// The instances of a service that a path and its parameters select.
m::result<m::ServiceSelection> parse_service_selection(const api_request& http,
                                                       m::ServiceSelection::By by);

// A read of them.
template <class Message>
m::result<Message> read_selected(const api_request& http, m::ServiceSelection::By by) {
  auto query = read_query<Message>(http);
  if (!query)
    return query;
  auto selection = parse_service_selection(http, by);
  if (!selection)
    return selection.error();
  *query->mutable_selection() = std::move(*selection);
  return query;
}

struct catalog_register {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct catalog_deregister {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct catalog_datacenters {
  using message = m::DatacentersQuery;
  using reply = m::Datacenters;
  static constexpr auto ask = target::router;
  static constexpr auto cached = cache_use::when_asked;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct catalog_nodes {
  using message = m::NodesQuery;
  using reply = m::Nodes;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct catalog_services {
  using message = m::ServicesQuery;
  using reply = m::Services;
  static constexpr auto ask = target::router;
  static constexpr auto cached = cache_use::when_asked;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// Of a gateway. There are no gateways in this version, so the list is empty; its index is the
// services'.
struct catalog_gateway_services {
  using message = m::ServicesQuery;
  using reply = m::Services;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

template <m::ServiceSelection::By by>
struct catalog_service_by {
  using message = m::ServiceNodesQuery;
  using reply = m::ServiceNodes;
  static constexpr auto ask = target::router;
  static constexpr auto cached = cache_use::when_asked;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};
using catalog_service = catalog_service_by<m::ServiceSelection::NAME>;
using catalog_connect = catalog_service_by<m::ServiceSelection::CONNECT>;

// {"Node":{},"Services":{id:{}}}
struct catalog_node {
  using message = m::NodeServicesQuery;
  using reply = m::NodeServices;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// {"Node":{},"Services":[{}]}
struct catalog_node_services {
  using message = m::NodeServicesQuery;
  using reply = m::NodeServices;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
