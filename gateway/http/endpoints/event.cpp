#include "gateway/http/endpoints/event.hpp"

#include "messages/limits.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

result<m::FireEvent> event_fire::parse(api_request& http) {
  auto name = required_tail(http, "Missing name");
  if (!name)
    return name.error();
  constexpr auto most = m::limits::event_payload_bytes_max;
  if (http.body.size() > most)
    return failure{errc::too_large,
                   "Event payload too large, received " + std::to_string(http.body.size()) +
                       " bytes, max size: " + std::to_string(most) +
                       " bytes. User events should be kept small for efficient gossip "
                       "propagation."};
  m::FireEvent fire;
  fire.set_token(token_of(http));
  fire.set_datacenter(std::string(http.value("dc")));
  auto& event = *fire.mutable_event();
  event.set_name(std::move(*name));
  event.set_payload(std::move(http.body));
  event.set_node_filter(std::string(http.value("node")));
  event.set_service_filter(std::string(http.value("service")));
  event.set_tag_filter(std::string(http.value("tag")));
  return fire;
}

api_response event_fire::render(m::AgentEvent& answer, const api_request& http) {
  return json_response(answer, http.pretty);
}

result<m::EventsQuery> event_list::parse(api_request& http) {
  auto query = read_query<m::EventsQuery>(http);
  if (query)
    query->set_name(std::string(http.value("name")));
  return query;
}

api_response event_list::render(m::AgentEvents& answer, const api_request& http) {
  auto response = array_response(answer.events(), http);
  response.header("X-Consul-Index", answer.meta().index());
  return response;
}

}  // namespace troupe::gateway
