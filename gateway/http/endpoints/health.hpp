// /v1/health/...: section 3.4 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/catalog.pb.h"

namespace troupe::gateway {

struct health_node {
  using message = m::NodeChecksQuery;
  using reply = m::HealthChecks;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct health_checks {
  using message = m::ServiceChecksQuery;
  using reply = m::HealthChecks;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

struct health_state {
  using message = m::ChecksInStateQuery;
  using reply = m::HealthChecks;
  static constexpr auto ask = target::router;
  static constexpr bool meta_on_failure = true;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

template <m::ServiceSelection::By by>
struct health_service_by {
  using message = m::ServiceHealthQuery;
  using reply = m::ServiceHealth;
  static constexpr auto ask = target::router;
  static constexpr auto cached = cache_use::when_asked;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};
using health_service = health_service_by<m::ServiceSelection::NAME>;
using health_connect = health_service_by<m::ServiceSelection::CONNECT>;
using health_ingress = health_service_by<m::ServiceSelection::INGRESS>;

}  // namespace troupe::gateway
