#include "gateway/http/endpoints/status.hpp"

namespace troupe::gateway {

using m::result;

result<m::RaftStatusQuery> status_leader::parse(api_request& /*http*/) {
  return m::RaftStatusQuery{};
}

api_response status_leader::render(m::RaftStatus& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer(response.body, http.pretty).text(answer.leader_address());
  return response;
}

result<m::RaftStatusQuery> status_peers::parse(api_request& /*http*/) {
  return m::RaftStatusQuery{};
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
