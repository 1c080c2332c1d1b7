// /v1/status/...: section 3.6 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/raft.pb.h"

namespace troupe::gateway {

struct status_leader {
  using message = m::RaftStatusQuery;
  using reply = m::RaftStatus;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct status_peers {
  using message = m::RaftStatusQuery;
  using reply = m::RaftStatus;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
