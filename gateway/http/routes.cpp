// Every route of the HTTP API and its methods, on one page. A new endpoint: a struct in endpoints/,
// a line here, a line in serve_*.cpp.
#include "gateway/http/routes.hpp"

#include <algorithm>
#include <unordered_map>

#include "gateway/http/endpoints/agent.hpp"
#include "gateway/http/endpoints/catalog.hpp"
#include "gateway/http/endpoints/connect.hpp"
#include "gateway/http/endpoints/coordinate.hpp"
#include "gateway/http/endpoints/event.hpp"
#include "gateway/http/endpoints/health.hpp"
#include "gateway/http/endpoints/kv.hpp"
#include "gateway/http/endpoints/operator.hpp"
#include "gateway/http/endpoints/pool.hpp"
#include "gateway/http/endpoints/query.hpp"
#include "gateway/http/endpoints/session.hpp"
#include "gateway/http/endpoints/status.hpp"
#include "gateway/http/endpoints/telemetry.hpp"
#include "gateway/http/endpoints/txn.hpp"
#include "gateway/http/exchange.hpp"
#include "gateway/http/serve.hpp"

namespace troupe::gateway {

namespace {

template <class Endpoint>
constexpr method_handler get{http_method::get, &serve<Endpoint>};
template <class Endpoint>
constexpr method_handler put{http_method::put, &serve<Endpoint>};
template <class Endpoint>
constexpr method_handler post{http_method::post, &serve<Endpoint>};
template <class Endpoint>
constexpr method_handler del{http_method::delete_, &serve<Endpoint>};

void read_kv(gateway& self, exchange& what) {
  if (what.request.has("keys"))
    serve<kv_keys>(self, what);
  else if (what.request.has("recurse"))
    serve<kv_list>(self, what);
  else
    serve<kv_read>(self, what);
}

void run_txn(gateway& self, exchange& what) {
  if (is_read_only_txn(what.request))
    serve<txn_read>(self, what);
  else
    serve<txn_write>(self, what);
}

void read_query_path(gateway& self, exchange& what) {
  if (is_query_execution(what.request))
    serve<query_execute>(self, what);
  else if (is_query_explanation(what.request))
    serve<query_explain>(self, what);
  else
    serve<query_get>(self, what);
}

// What asks a query takes a GET alone.
template <class Endpoint>
void write_query_path(gateway& self, exchange& what) {
  if (!is_query_execution(what.request) && !is_query_explanation(what.request))
    return serve<Endpoint>(self, what);
  refuse_all_but_get(self, what);
}

constexpr method_handler get_version{http_method::get, &answer<agent_version>};

// There is no ACL system in this version, and Consul without one answers the same.
constexpr method_handler no_acl(http_method method) {
  return {method, &refuse_acl};
}
// Consul has it, this version does not. It says so.
constexpr method_handler no(http_method method) {
  return {method, &not_available};
}
constexpr method_handler get_utilization{http_method::get, &refuse_utilization};

constexpr auto GET = http_method::get;
constexpr auto PUT = http_method::put;
constexpr auto POST = http_method::post;
constexpr auto DELETE = http_method::delete_;

// clang-format off
constexpr route routes[] = {
    // -- key/value store, section 3.1
    {"/v1/kv/", {{{GET, &read_kv}, put<kv_write>, del<kv_delete>}}},

    // -- catalog, 3.3
    {"/v1/catalog/register", {{put<catalog_register>}}},
    {"/v1/catalog/deregister", {{put<catalog_deregister>}}},
    {"/v1/catalog/datacenters", {{get<catalog_datacenters>}}},
    {"/v1/catalog/nodes", {{get<catalog_nodes>}}},
    {"/v1/catalog/services", {{get<catalog_services>}}},
    {"/v1/catalog/service/", {{get<catalog_service>}}},
    {"/v1/catalog/connect/", {{get<catalog_connect>}}},
    {"/v1/catalog/node/", {{get<catalog_node>}}},
    {"/v1/catalog/node-services/", {{get<catalog_node_services>}}},
    {"/v1/catalog/gateway-services/", {{get<catalog_gateway_services>}}},

    // -- health, 3.4
    {"/v1/health/node/", {{get<health_node>}}},
    {"/v1/health/checks/", {{get<health_checks>}}},
    {"/v1/health/state/", {{get<health_state>}}},
    {"/v1/health/service/", {{get<health_service>}}},
    {"/v1/health/connect/", {{get<health_connect>}}},
    {"/v1/health/ingress/", {{get<health_ingress>}}},

    // -- agent, 3.5
    {"/v1/agent/self", {{get<agent_self>}}},
    {"/v1/agent/version", {{get_version}}},
    {"/v1/agent/members", {{get<agent_members>}}},
    {"/v1/agent/services", {{get<agent_services>}}},
    {"/v1/agent/service/", {{get<agent_service>}}},
    {"/v1/agent/checks", {{get<agent_checks>}}},
    {"/v1/agent/health/service/id/", {{get<agent_health_by_id>}}},
    {"/v1/agent/health/service/name/", {{get<agent_health_by_name>}}},
    {"/v1/agent/service/register", {{put<agent_service_register>}}},
    {"/v1/agent/service/deregister/", {{put<agent_service_deregister>}}},
    {"/v1/agent/service/maintenance/", {{put<agent_service_maintenance>}}},
    {"/v1/agent/maintenance", {{put<agent_maintenance>}}},
    {"/v1/agent/check/register", {{put<agent_check_register>}}},
    {"/v1/agent/check/deregister/", {{put<agent_check_deregister>}}},
    {"/v1/agent/check/pass/", {{put<agent_check_pass>}}},
    {"/v1/agent/check/warn/", {{put<agent_check_warn>}}},
    {"/v1/agent/check/fail/", {{put<agent_check_fail>}}},
    {"/v1/agent/check/update/", {{put<agent_check_update>}}},
    {"/v1/agent/join/", {{put<agent_join>}}},
    {"/v1/agent/leave", {{put<agent_leave>}}},
    {"/v1/agent/force-leave/", {{put<agent_force_leave>}}},
    {"/v1/agent/token/", {{no_acl(PUT)}}},
    {"/v1/agent/connect/ca/roots", {{get<agent_ca_roots>}}},
    {"/v1/agent/host", {{get<agent_host>}}},
    {"/v1/agent/reload", {{put<agent_reload>}}},
    {"/v1/agent/metrics", {{get<agent_metrics>}}},
    {"/v1/agent/metrics/stream", {{no(GET)}}},
    {"/v1/agent/monitor", {{{GET, &serve_monitor}}}},
    {"/v1/agent/connect/authorize", {{no(POST)}}},
    {"/v1/agent/connect/ca/leaf/", {{no(GET)}}},

    // -- status, events, coordinates, 3.6
    {"/v1/status/leader", {{get<status_leader>}}},
    {"/v1/status/peers", {{get<status_peers>}}},
    {"/v1/event/fire/", {{put<event_fire>}}},
    {"/v1/event/list", {{get<event_list>}}},
    {"/v1/coordinate/datacenters", {{{GET, &serve_coordinates<coordinate_datacenters>}}}},
    {"/v1/coordinate/nodes", {{{GET, &serve_coordinates<coordinate_nodes>}}}},
    {"/v1/coordinate/node/", {{{GET, &serve_coordinates<coordinate_node>}}}},
    {"/v1/coordinate/update", {{{PUT, &serve_coordinates<coordinate_update>}}}},

    // -- certificate authority, intentions, discovery chains, 3.12
    {"/v1/connect/ca/roots", {{get<connect_ca_roots>}}},
    {"/v1/connect/ca/configuration", {{no(GET), no(PUT)}}},
    {"/v1/connect/intentions", {{no(GET), no(POST)}}},
    {"/v1/connect/intentions/match", {{no(GET)}}},
    {"/v1/connect/intentions/check", {{no(GET)}}},
    {"/v1/connect/intentions/exact", {{no(GET), no(PUT), no(DELETE)}}},
    {"/v1/connect/intentions/", {{no(GET), no(PUT), no(DELETE)}}},
    {"/v1/discovery-chain/", {{no(GET), no(POST)}}},
    {"/v1/exported-services", {{no(GET)}}},
    {"/v1/imported-services", {{no(GET)}}},

    // -- sessions, transactions, prepared queries, 3.2, 3.7, 3.8
    {"/v1/session/create", {{put<session_create>}}},
    {"/v1/session/destroy/", {{put<session_destroy>}}},
    {"/v1/session/renew/", {{put<session_renew>}}},
    {"/v1/session/info/", {{get<session_info>}}},
    {"/v1/session/node/", {{get<session_node>}}},
    {"/v1/session/list", {{get<session_list>}}},
    {"/v1/txn", {{{PUT, &run_txn}}}},
    {"/v1/query", {{get<query_list>, post<query_create>}}},
    {"/v1/query/", {{{GET, &read_query_path},
       {PUT, &write_query_path<query_update>},
       {DELETE, &write_query_path<query_delete>}}}, true},

    // -- snapshot, operator, 3.9
    {"/v1/snapshot", {{no(GET), no(PUT)}}},
    {"/v1/operator/raft/configuration", {{get<raft_configuration>}}},
    {"/v1/operator/raft/transfer-leader", {{post<raft_transfer_leader>}}},
    {"/v1/operator/raft/peer", {{del<raft_remove_peer>}}},
    {"/v1/operator/autopilot/configuration",
     {{get<autopilot_configuration>, put<autopilot_configure>}}},
    {"/v1/operator/autopilot/health", {{get<autopilot_health>}}},
    {"/v1/operator/autopilot/state", {{get<autopilot_state>}}},
    {"/v1/operator/keyring",
     {{get<keyring_list>, post<keyring_install>, put<keyring_use>, del<keyring_remove>}}},
    {"/v1/operator/usage", {{no(GET)}}},
    {"/v1/operator/utilization", {{get_utilization}}},

    // -- access control, 3.10
    {"/v1/acl/bootstrap", {{no_acl(PUT)}}},
    {"/v1/acl/login", {{no_acl(POST)}}},
    {"/v1/acl/logout", {{no_acl(POST)}}},
    {"/v1/acl/replication", {{no_acl(GET)}}},
    {"/v1/acl/policies", {{no_acl(GET)}}},
    {"/v1/acl/policy", {{no_acl(PUT)}}},
    {"/v1/acl/policy/", {{no_acl(GET), no_acl(PUT), no_acl(DELETE)}}},
    {"/v1/acl/policy/name/", {{no_acl(GET)}}},
    {"/v1/acl/roles", {{no_acl(GET)}}},
    {"/v1/acl/role", {{no_acl(PUT)}}},
    {"/v1/acl/role/name/", {{no_acl(GET)}}},
    {"/v1/acl/role/", {{no_acl(GET), no_acl(PUT), no_acl(DELETE)}}},
    {"/v1/acl/binding-rules", {{no_acl(GET)}}},
    {"/v1/acl/binding-rule", {{no_acl(PUT)}}},
    {"/v1/acl/binding-rule/", {{no_acl(GET), no_acl(PUT), no_acl(DELETE)}}},
    {"/v1/acl/auth-methods", {{no_acl(GET)}}},
    {"/v1/acl/auth-method", {{no_acl(PUT)}}},
    {"/v1/acl/auth-method/", {{no_acl(GET), no_acl(PUT), no_acl(DELETE)}}},
    {"/v1/acl/tokens", {{no_acl(GET)}}},
    {"/v1/acl/token", {{no_acl(PUT)}}},
    {"/v1/acl/token/self", {{no_acl(GET)}}},
    {"/v1/acl/token/", {{no_acl(GET), no_acl(PUT), no_acl(DELETE)}}},
    {"/v1/acl/templated-policies", {{no_acl(GET)}}},
    {"/v1/acl/templated-policy/name/", {{no_acl(GET)}}},
    {"/v1/acl/templated-policy/preview/", {{no_acl(POST)}}},

    // -- configuration entries, peering, 3.11, 3.13
    {"/v1/config", {{no(PUT)}}},
    {"/v1/config/", {{no(GET), no(DELETE)}}},
    {"/v1/peering/token", {{no(POST)}}},
    {"/v1/peering/establish", {{no(POST)}}},
    {"/v1/peering/", {{no(GET), no(DELETE)}}},
    {"/v1/peerings", {{no(GET)}}},

    // -- what the real web interface asks, 3.14
    {"/v1/internal/acl/authorize", {{no_acl(POST)}}},
    {"/v1/internal/ui/services", {{no(GET)}}},
    {"/v1/internal/ui/nodes", {{no(GET)}}},
    {"/v1/internal/ui/node/", {{no(GET)}}},
    {"/v1/internal/ui/catalog-overview", {{no(GET)}}},
    {"/v1/internal/ui/exported-services", {{no(GET)}}},
    {"/v1/internal/ui/gateway-services-nodes/", {{no(GET)}}},
    {"/v1/internal/ui/gateway-intentions/", {{no(GET)}}},
    {"/v1/internal/ui/service-topology/", {{no(GET)}}},
    {"/v1/internal/ui/metrics-proxy/", {{no(GET)}}},
    {"/v1/internal/federation-states", {{no(GET)}}},
    {"/v1/internal/federation-states/mesh-gateways", {{no(GET)}}},
    {"/v1/internal/federation-state/", {{no(GET)}}},
    {"/v1/internal/service-virtual-ip", {{no(PUT)}}},
};
// clang-format on

// No pattern has more slashes than this.
constexpr int slashes_max = 7;

using route_index = std::unordered_map<std::string_view, const route*>;

const route_index& by_pattern() {
  static const route_index made = [] {
    route_index all;
    for (const auto& each : routes)
      all.emplace(each.pattern, &each);
    return all;
  }();
  return made;
}

}  // namespace

std::string_view name_of(http_method method) {
  switch (method) {
    case http_method::get:
      return "GET";
    case http_method::put:
      return "PUT";
    case http_method::post:
      return "POST";
    case http_method::delete_:
      return "DELETE";
    default:
      return "";
  }
}

route_handler route::handler(http_method method) const {
  for (const auto& each : methods)
    if (each.run != nullptr && each.method == method)
      return each.run;
  return nullptr;
}

std::string route::allowed() const {
  std::string names = "OPTIONS";
  for (const auto& each : methods)
    if (each.run != nullptr)
      names.append(",").append(name_of(each.method));
  return names;
}

const route* find_route(std::string_view path) {
  const auto& all = by_pattern();
  if (const auto exact = all.find(path); exact != all.end())
    return exact->second;
  std::array<std::size_t, slashes_max> ends{};
  int count = 0;
  for (auto at = path.find('/'); at != std::string_view::npos && count < slashes_max;
       at = path.find('/', at + 1))
    ends[static_cast<std::size_t>(count++)] = at + 1;
  while (count > 0)
    if (const auto found = all.find(path.substr(0, ends[static_cast<std::size_t>(--count)]));
        found != all.end())
      return found->second;
  return nullptr;
}

bool lacks_slash(std::string_view path) {
  return !path.ends_with('/') && by_pattern().contains(std::string(path) + '/') &&
         !by_pattern().contains(path);
}

}  // namespace troupe::gateway
