#include "gateway/http/endpoints/health.hpp"

#include "gateway/http/endpoints/catalog.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

// A query of its options and the path's last part, which `set` puts in.
template <class Message, class Set>
result<Message> options_and_tail(const api_request& http, std::string_view or_else, Set set) {
  auto options = parse_read_options(http);
  if (!options)
    return options.error();
  auto tail = required_tail(http, or_else);
  if (!tail)
    return tail.error();
  Message query;
  *query.mutable_options() = std::move(*options);
  set(query, std::move(*tail));
  return query;
}

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
  return options_and_tail<m::NodeChecksQuery>(
      http, "Missing node name",
      [](auto& query, std::string node) { query.set_node(std::move(node)); });
}

api_response health_node::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

result<m::ServiceChecksQuery> health_checks::parse(api_request& http) {
  return options_and_tail<m::ServiceChecksQuery>(http, "Missing service name",
                                                 [&http](auto& query, std::string service) {
                                                   query.set_service(std::move(service));
                                                   query.set_peer(std::string(http.value("peer")));
                                                 });
}

api_response health_checks::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

result<m::ChecksInStateQuery> health_state::parse(api_request& http) {
  return options_and_tail<m::ChecksInStateQuery>(
      http, "Missing check state",
      [](auto& query, std::string state) { query.set_state(std::move(state)); });
}

api_response health_state::render(m::HealthChecks& answer, const api_request& http) {
  return list_response(answer.meta(), answer.checks(), http);
}

template <m::ServiceSelection::By by>
result<m::ServiceHealthQuery> health_service_by<by>::parse(api_request& http) {
  auto options = parse_read_options(http);
  if (!options)
    return options.error();
  auto selection = parse_service_selection(http, by);
  if (!selection)
    return selection.error();
  const auto only_passing = parse_passing(http);
  if (!only_passing)
    return only_passing.error();
  m::ServiceHealthQuery query;
  *query.mutable_options() = std::move(*options);
  *query.mutable_selection() = std::move(*selection);
  query.set_only_passing(*only_passing);
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
