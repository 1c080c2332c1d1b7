// /v1/connect/ca/roots and /v1/agent/connect/ca/roots: section 3.12 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/connect.pb.h"

namespace troupe::gateway {

// [?pem=true]: the certificates alone.
struct connect_ca_roots {
  using message = m::CaRootsQuery;
  using reply = m::CaRoots;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_ca_roots {
  using message = m::CaRootsQuery;
  using reply = m::CaRoots;
  static constexpr auto ask = target::router;
  static constexpr auto cached = cache_use::always;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
