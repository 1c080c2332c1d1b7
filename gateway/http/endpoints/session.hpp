// /v1/session/...: section 3.2 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/command.pb.h"
#include "messages/session.pb.h"

namespace troupe::gateway {

// PUT /v1/session/create
struct session_create {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// PUT /v1/session/destroy/<id>
struct session_destroy {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// PUT /v1/session/renew/<id>
struct session_renew {
  using message = m::SessionRenew;
  using reply = m::Sessions;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/session/info/<id>
struct session_info {
  using message = m::SessionInfo;
  using reply = m::Sessions;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/session/node/<node>
struct session_node {
  using message = m::NodeSessions;
  using reply = m::Sessions;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/session/list
struct session_list {
  using message = m::SessionList;
  using reply = m::Sessions;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
