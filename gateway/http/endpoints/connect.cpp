#include "gateway/http/endpoints/connect.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

constexpr meta_style roots_style{.effective_consistency = false};

}  // namespace

result<m::CaRootsQuery> connect_ca_roots::parse(api_request& http) {
  if (const auto text = http.value("pem"); !text.empty() && !parse_bool(text))
    return failure{errc::bad_request, "The 'pem' query parameter must be a boolean value"};
  return read_query<m::CaRootsQuery>(http);
}

api_response connect_ca_roots::render(m::CaRoots& answer, const api_request& http) {
  if (parse_bool(http.value("pem")).value_or(false)) {
    api_response response;
    response.content_type = "application/pem-certificate-chain";
    for (const auto& root : answer.roots()) {
      response.body += root.root_cert();
      for (const auto& intermediate : root.intermediate_certs())
        response.body += intermediate;
    }
    return response;
  }
  auto response = json_response(answer, http.pretty);
  add_query_meta(response, answer.meta(), roots_style);
  return response;
}

result<m::CaRootsQuery> agent_ca_roots::parse(api_request& http) {
  return read_query<m::CaRootsQuery>(http);
}

api_response agent_ca_roots::render(m::CaRoots& answer, const api_request& http) {
  auto response = json_response(answer, http.pretty);
  add_query_meta(response, answer.meta(), roots_style);
  return response;
}

}  // namespace troupe::gateway
