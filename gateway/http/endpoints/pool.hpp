// What operators do to the gossip pools: /v1/agent/join, /v1/agent/force-leave,
// /v1/operator/keyring. Sections 3.5 and 3.9 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/gossip.pb.h"

namespace troupe::gateway {

struct agent_join {
  using message = m::JoinPool;
  using reply = m::PoolJoined;
  static constexpr auto ask = target::pools;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_force_leave {
  using message = m::ForceLeave;
  using reply = m::Done;
  static constexpr auto ask = target::pools;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// [{"WAN":true,...}, ...]; 500 if the operation failed in one of the pools.
struct keyring_list {
  using message = m::OperateKeyrings;
  using reply = m::Keyrings;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// The key is in the body.
template <m::KeyringRequest::Operation operation>
struct keyring_change {
  using message = m::OperateKeyrings;
  using reply = m::Keyrings;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};
using keyring_install = keyring_change<m::KeyringRequest::INSTALL>;
using keyring_use = keyring_change<m::KeyringRequest::USE>;
using keyring_remove = keyring_change<m::KeyringRequest::REMOVE>;

}  // namespace troupe::gateway
