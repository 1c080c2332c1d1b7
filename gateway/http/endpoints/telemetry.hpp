// /v1/agent/metrics and /v1/agent/host: section 3.5 of the API, as far as it is about this process
// and the machine under it.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/metrics.pb.h"

namespace troupe::gateway {

// [?format=prometheus], or a scraper's Accept.
struct agent_metrics {
  using message = m::AgentMetricsQuery;
  using reply = m::AgentMetrics;
  static constexpr auto ask = target::self;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct agent_host {
  using message = m::AgentHostQuery;
  using reply = m::AgentHost;
  static constexpr auto ask = target::self;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

}  // namespace troupe::gateway
