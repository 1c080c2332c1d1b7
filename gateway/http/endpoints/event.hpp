// /v1/event/...: section 3.6 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/event.pb.h"

namespace troupe::gateway {

struct event_fire {
  using message = m::FireEvent;
  using reply = m::AgentEvent;
  static constexpr auto ask = target::events;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// [?name=]; blocks while the newest event is the one that ?index= names.
struct event_list {
  using message = m::EventsQuery;
  using reply = m::AgentEvents;
  static constexpr auto ask = target::events;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
