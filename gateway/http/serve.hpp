// An endpoint or an answer as a route. What they do is in serve_definition.hpp, which knows CAF;
// serve_*.cpp make one of each endpoint.
#pragma once

#include "gateway/http/api_request.hpp"
#include "gateway/http/api_response.hpp"
#include "gateway/http/gateway_options.hpp"

namespace troupe::gateway {

class exchange;
class gateway;

// Asks whom the endpoint names and answers with what it makes of the reply.
template <class Endpoint>
void serve(gateway& self, exchange& what);

using plain_answer = api_response (*)(const api_request& http, const gateway_options& options);

void answer_at_once(gateway& self, exchange& what, plain_answer made_by);

// Answers without asking anybody.
template <plain_answer made_by>
void answer(gateway& self, exchange& what) {
  answer_at_once(self, what, made_by);
}

// Serves the endpoint unless this agent's network coordinates are switched off.
bool has_coordinates(const gateway& self);
void refuse_coordinates(gateway& self, exchange& what);
template <class Endpoint>
void serve_coordinates(gateway& self, exchange& what) {
  if (has_coordinates(self))
    serve<Endpoint>(self, what);
  else
    refuse_coordinates(self, what);
}

// The log as it occurs: ?loglevel, ?logjson.
void serve_monitor(gateway& self, exchange& what);

void refuse_acl(gateway& self, exchange& what);
// Some paths below a prefix take fewer methods than the prefix.
void refuse_all_but_get(gateway& self, exchange& what);
void refuse_utilization(gateway& self, exchange& what);
void not_available(gateway& self, exchange& what);

}  // namespace troupe::gateway
