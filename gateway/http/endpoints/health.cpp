#include "gateway/http/endpoints/health.hpp"

#include "gateway/http/endpoints/catalog.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

result<bool> parse_passing(const api_request& http) {
  if (!http.has("passing"))
    return false;
  const auto text = http.value("passing");
  if (text.empty())
    return true;
  const auto parsed = parse_bool(text);
  if (!parsed)
    return failure{errc::bad_request, "Invalid value for ?passing"};
  return *parsed;
}

}  // namespace

result<m::NodeChecksQuery> health_node::parse(api_request& http) {
  return read_query(http, &m::NodeChecksQuery::mutable_node, "Missing node name");
}

api_response health_node::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

result<m::ServiceChecksQuery> health_checks::parse(api_request& http) {
  auto query = read_query(http, &m::ServiceChecksQuery::mutable_service, "Missing service name");
  if (query)
    query->set_peer(std::string(http.value("peer")));
  return query;
}

api_response health_checks::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

result<m::ChecksInStateQuery> health_state::parse(api_request& http) {
  return read_query(http, &m::ChecksInStateQuery::mutable_state, "Missing check state");
}

api_response health_state::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

template <m::ServiceSelection::By by>
result<m::ServiceHealthQuery> health_service_by<by>::parse(api_request& http) {
  auto query = read_selected<m::ServiceHealthQuery>(http, by);
  if (!query)
    return query;
  const auto only_passing = parse_passing(http);
  if (!only_passing)
    return only_passing.error();
  query->set_only_passing(*only_passing);
  return query;
}

template <m::ServiceSelection::By by>
api_response health_service_by<by>::render(m::ServiceHealth& answer, const api_request& http) {
  return list_response(answer.meta(), answer.instances(), http);
}

template struct health_service_by<m::ServiceSelection::NAME>;
template struct health_service_by<m::ServiceSelection::CONNECT>;
template struct health_service_by<m::ServiceSelection::INGRESS>;

}  // namespace troupe::gateway
