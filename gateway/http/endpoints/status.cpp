#include "gateway/http/endpoints/status.hpp"

#include "gateway/http/read_options.hpp"

namespace troupe::gateway {

using m::result;

namespace {

result<m::RaftStatusQuery> parse_status(const api_request& http) {
  auto options = parse_write_options(http);
  if (!options)
    return options.error();
  m::RaftStatusQuery query;
  query.set_datacenter(options->datacenter());
  return query;
}

}  // namespace

result<m::RaftStatusQuery> status_leader::parse(api_request& http) {
  return parse_status(http);
}

api_response status_leader::render(m::RaftStatus& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer(response.body, http.pretty).text(answer.leader_address());
  return response;
}

result<m::RaftStatusQuery> status_peers::parse(api_request& http) {
  return parse_status(http);
}

api_response status_peers::render(m::RaftStatus& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_array();
  for (const auto& server : answer.configuration().servers())
    out.text(server.address());
  out.end_array();
  return response;
}

}  // namespace troupe::gateway
