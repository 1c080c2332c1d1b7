#include "gateway/http/endpoints/catalog.hpp"

#include <map>

namespace troupe::gateway {

using m::errc;
using m::result;

namespace {

result<m::NodeServicesQuery> parse_node(const api_request& http) {
  return read_query(http, &m::NodeServicesQuery::mutable_node, "Missing node name");
}

api_response json_with_meta(const m::QueryMeta& meta) {
  api_response response;
  response.content_type = json_type;
  add_query_meta(response, meta);
  return response;
}

api_response outcome_response(const m::CommandResult& answer) {
  if (!answer.error().empty())
    return render_failure({errc::failed, answer.error()});
  return json_text_response("true");
}

// The body's datacenter wins over the query's.
result<m::Propose> propose_to(const api_request& http, const std::string& datacenter) {
  m::Propose propose;
  propose.mutable_options()->set_token(token_of(http));
  propose.mutable_options()->set_datacenter(datacenter.empty() ? std::string(http.value("dc"))
                                                               : datacenter);
  return propose;
}

}  // namespace

result<m::ServiceSelection> parse_service_selection(const api_request& http,
                                                    m::ServiceSelection::By by) {
  auto service = required_tail(http, "Missing service name");
  if (!service)
    return service.error();
  m::ServiceSelection selection;
  selection.set_service(std::move(*service));
  selection.set_by(by);
  selection.set_peer(std::string(http.value("peer")));
  for (const auto& each : http.query)
    if (each.name == "tag")
      selection.add_tags(each.value);
  return selection;
}

// -- writes ------------------------------------------------------------------

result<m::Propose> catalog_register::parse(api_request& http) {
  m::RegisterRequest body;
  if (auto bad = decode_body(http, body); !bad)
    return bad.error();
  auto propose = propose_to(http, body.datacenter());
  if (propose)
    *propose->mutable_command()->mutable_register_() = std::move(body);
  return propose;
}

api_response catalog_register::render(m::CommandResult& answer, const api_request& /*http*/) {
  return outcome_response(answer);
}

result<m::Propose> catalog_deregister::parse(api_request& http) {
  m::DeregisterRequest body;
  if (auto bad = decode_body(http, body); !bad)
    return bad.error();
  auto propose = propose_to(http, body.datacenter());
  if (propose)
    *propose->mutable_command()->mutable_deregister() = std::move(body);
  return propose;
}

api_response catalog_deregister::render(m::CommandResult& answer, const api_request& /*http*/) {
  return outcome_response(answer);
}

// -- reads -------------------------------------------------------------------

result<m::DatacentersQuery> catalog_datacenters::parse(api_request& http) {
  auto options = parse_read_options(http);
  if (!options)
    return options.error();
  m::DatacentersQuery query;
  query.set_token(options->token());
  *query.mutable_options()->mutable_cache() = options->cache();
  return query;
}

api_response catalog_datacenters::render(m::Datacenters& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_array();
  for (const auto& name : answer.names())
    out.text(name);
  out.end_array();
  add_cache_headers(response, answer.meta());
  return response;
}

result<m::NodesQuery> catalog_nodes::parse(api_request& http) {
  return read_query<m::NodesQuery>(http);
}

api_response catalog_nodes::render(m::Nodes& answer, const api_request& http) {
  return list_response(answer.meta(), answer.nodes(), http);
}

result<m::ServicesQuery> catalog_services::parse(api_request& http) {
  return read_query<m::ServicesQuery>(http);
}

api_response catalog_services::render(m::Services& answer, const api_request& http) {
  auto response = json_with_meta(answer.meta());
  m::json_writer out(response.body, http.pretty);
  out.begin_object();
  std::map<std::string_view, const m::ServiceTags*> sorted;
  for (const auto& [name, tags] : answer.services())
    sorted[name] = &tags;
  for (const auto& [name, tags] : sorted) {
    out.key(name).begin_array();
    for (const auto& tag : tags->tags())
      out.text(tag);
    out.end_array();
  }
  out.end_object();
  return response;
}

result<m::ServicesQuery> catalog_gateway_services::parse(api_request& http) {
  auto query = read_query<m::ServicesQuery>(http);
  if (!query)
    return query.error();
  if (auto gateway = required_tail(http, "Missing gateway name"); !gateway)
    return gateway.error();
  // The filter is over fields that services do not have.
  query->mutable_options()->clear_filter();
  return query;
}

api_response catalog_gateway_services::render(m::Services& answer, const api_request& /*http*/) {
  auto response = json_with_meta(answer.meta());
  response.body = "[]";
  return response;
}

template <m::ServiceSelection::By by>
result<m::ServiceNodesQuery> catalog_service_by<by>::parse(api_request& http) {
  return read_selected<m::ServiceNodesQuery>(http, by);
}

template <m::ServiceSelection::By by>
api_response catalog_service_by<by>::render(m::ServiceNodes& answer, const api_request& http) {
  return list_response(answer.meta(), answer.nodes(), http);
}

template struct catalog_service_by<m::ServiceSelection::NAME>;
template struct catalog_service_by<m::ServiceSelection::CONNECT>;

result<m::NodeServicesQuery> catalog_node::parse(api_request& http) {
  return parse_node(http);
}

api_response catalog_node::render(m::NodeServices& answer, const api_request& http) {
  auto response = json_with_meta(answer.meta());
  if (!answer.has_node()) {
    response.body = "null";
    return response;
  }
  std::map<std::string_view, const m::NodeService*> sorted;
  for (const auto& service : answer.services())
    sorted[service.id()] = &service;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("Node").message(answer.node()).key("Services").begin_object();
  for (const auto& [id, service] : sorted)
    out.key(id).message(*service);
  out.end_object().end_object();
  return response;
}

result<m::NodeServicesQuery> catalog_node_services::parse(api_request& http) {
  return parse_node(http);
}

api_response catalog_node_services::render(m::NodeServices& answer, const api_request& http) {
  auto response = json_with_meta(answer.meta());
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("Node");
  if (!answer.has_node()) {
    out.null().key("Services").null().end_object();
    return response;
  }
  out.message(answer.node()).key("Services").begin_array();
  for (const auto& service : answer.services())
    out.message(service);
  out.end_array().end_object();
  return response;
}

}  // namespace troupe::gateway
