#include "gateway/http/endpoints/telemetry.hpp"

#include <algorithm>

namespace troupe::gateway {

using m::result;

namespace {

constexpr std::string_view prometheus_type = "text/plain; version=0.0.4; charset=utf-8";

std::string_view next_part(std::string_view& rest, char end) {
  auto part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
  return part.substr(0, part.find_last_not_of(' ') + 1);
}

// What a scraper sends and no browser: OpenMetrics, or text of one certain version.
bool is_of_a_scraper(std::string accept) {
  std::transform(accept.begin(), accept.end(), accept.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = accept;
  while (!rest.empty()) {
    auto kind = next_part(rest, ',');
    const auto name = next_part(kind, ';');
    if (name == "application/openmetrics-text" ||
        (name == "text/plain" && next_part(kind, ';') == "version=0.4.0"))
      return true;
  }
  return false;
}

bool wants_prometheus(const api_request& http) {
  return http.value("format") == "prometheus" || is_of_a_scraper(http.accept);
}

}  // namespace

result<m::AgentMetricsQuery> agent_metrics::parse(api_request& http) {
  m::AgentMetricsQuery query;
  query.set_token(token_of(http));
  query.set_prometheus(wants_prometheus(http));
  return query;
}

api_response agent_metrics::render(m::AgentMetrics& answer, const api_request& http) {
  if (!wants_prometheus(http))
    return json_response(answer, http.pretty);
  if (answer.prometheus_is_off())
    return empty_response().header(
        "X-Consul-Reason", "Prometheus is not enabled since its retention time is not positive");
  api_response response;
  response.content_type = prometheus_type;
  response.body = std::move(*answer.mutable_prometheus());
  return response;
}

result<m::AgentHostQuery> agent_host::parse(api_request& http) {
  m::AgentHostQuery query;
  query.set_token(token_of(http));
  return query;
}

api_response agent_host::render(m::AgentHost& answer, const api_request& http) {
  return json_response(answer, http.pretty);
}

}  // namespace troupe::gateway
