// /v1/agent/...: section 3.5 of the API, as far as it is about this node's services, checks and
// description of itself.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "gateway/http/gateway_options.hpp"
#include "messages/agent.pb.h"

namespace troupe::gateway {

// -- the node ------------------------------------------------------------------

struct agent_self {
  using message = m::AgentSelfQuery;
  using reply = m::AgentSelf;
  static constexpr auto ask = target::self;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_members {
  using message = m::MembersQuery;
  using reply = m::Members;
  static constexpr auto ask = target::self;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_leave {
  using message = m::LeaveRequest;
  using reply = m::Done;
  static constexpr auto ask = target::node;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_reload {
  using message = m::ReloadRequest;
  using reply = m::Done;
  static constexpr auto ask = target::node;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

api_response agent_version(const api_request& http, const gateway_options& options);

// -- what is registered here ---------------------------------------------------

struct agent_services {
  using message = m::LocalServicesQuery;
  using reply = m::LocalServices;
  static constexpr auto ask = target::registry;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// [?hash=&wait=]: waits for another content.
struct agent_service {
  using message = m::LocalServiceQuery;
  using reply = m::LocalService;
  static constexpr auto ask = target::registry;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_checks {
  using message = m::LocalChecksQuery;
  using reply = m::LocalChecks;
  static constexpr auto ask = target::registry;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// The status code tells the health: 200, 429 warning, 503 critical, 404 unknown.
struct agent_health_by_id {
  using message = m::LocalHealthQuery;
  using reply = m::LocalHealth;
  static constexpr auto ask = target::registry;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_health_by_name {
  using message = m::LocalHealthQuery;
  using reply = m::LocalHealth;
  static constexpr auto ask = target::registry;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// -- changes of it -------------------------------------------------------------

// All of these are answered 200 without a body.
template <class Message>
struct agent_change {
  using message = Message;
  using reply = m::Done;
  static constexpr auto ask = target::registry;
  static api_response render(reply& /*answer*/, const api_request& /*http*/) {
    return empty_response();
  }
};

struct agent_service_register : agent_change<m::RegisterService> {
  static m::result<message> parse(api_request& http);
};
struct agent_service_deregister : agent_change<m::DeregisterService> {
  static m::result<message> parse(api_request& http);
};
struct agent_service_maintenance : agent_change<m::SetMaintenance> {
  static m::result<message> parse(api_request& http);
};
struct agent_maintenance : agent_change<m::SetMaintenance> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_register : agent_change<m::RegisterCheck> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_deregister : agent_change<m::DeregisterCheck> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_pass : agent_change<m::UpdateTtlCheck> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_warn : agent_change<m::UpdateTtlCheck> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_fail : agent_change<m::UpdateTtlCheck> {
  static m::result<message> parse(api_request& http);
};
struct agent_check_update : agent_change<m::UpdateTtlCheck> {
  static m::result<message> parse(api_request& http);
};

}  // namespace troupe::gateway
