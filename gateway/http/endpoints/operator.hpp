// /v1/operator/raft/..., /v1/operator/autopilot/...: section 3.9 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/agent.pb.h"
#include "messages/autopilot.pb.h"
#include "messages/command.pb.h"

namespace troupe::gateway {

struct raft_configuration {
  using message = m::RaftServersQuery;
  using reply = m::RaftServerRows;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// ?id or ?address
struct raft_remove_peer {
  using message = m::OperateRaft;
  using reply = m::Done;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// ?id; without it the voter that is furthest.
struct raft_transfer_leader {
  using message = m::OperateRaft;
  using reply = m::Done;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct autopilot_configuration {
  using message = m::AutopilotConfigurationQuery;
  using reply = m::AutopilotConfigurations;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct autopilot_configure {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// 429 unless all are healthy.
struct autopilot_health {
  using message = m::AutopilotStateQuery;
  using reply = m::AutopilotState;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct autopilot_state {
  using message = m::AutopilotStateQuery;
  using reply = m::AutopilotState;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
