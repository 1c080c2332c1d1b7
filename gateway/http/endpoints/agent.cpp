// What the agent says. What it is told to change: agent_changes.cpp.
#include "gateway/http/endpoints/agent.hpp"

#include <algorithm>
#include <map>

#include "messages/version.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

// A Protobuf map as a JSON object, sorted by key.
template <class Map, class Write>
void write_sorted(m::json_writer& out, const Map& map, Write write_value) {
  std::map<std::string_view, const typename Map::mapped_type*> sorted;
  for (const auto& [key, value] : map)
    sorted[key] = &value;
  out.begin_object();
  for (const auto& [key, value] : sorted) {
    out.key(key);
    write_value(*value);
  }
  out.end_object();
}

template <class Map>
api_response map_response(const Map& map, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  write_sorted(out, map, [&out](const auto& value) { out.message(value); });
  return response;
}

}  // namespace

// -- the node ------------------------------------------------------------------

result<m::AgentSelfQuery> agent_self::parse(api_request& http) {
  m::AgentSelfQuery query;
  query.set_token(token_of(http));
  return query;
}

api_response agent_self::render(m::AgentSelf& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  const auto text = [&out](const std::string& value) { out.text(value); };
  out.begin_object().key("Config").message(answer.config());
  out.key("DebugConfig").message(answer.debug_config());
  out.key("Coord");
  if (answer.has_coord())
    out.message(answer.coord());
  else
    out.null();
  out.key("Member").message(answer.member()).key("Stats");
  write_sorted(out, answer.stats(),
               [&](const m::Stats& stats) { write_sorted(out, stats.values(), text); });
  out.key("Meta");
  write_sorted(out, answer.meta(), text);
  out.end_object();
  return response;
}

result<m::MembersQuery> agent_members::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  const auto segment = http.value("segment");
  if (!segment.empty() && segment != "_all")
    return failure{errc::failed, "Network segments are not supported in this version of Consul"};
  m::MembersQuery query;
  query.set_token(token_of(http));
  query.set_filter(std::string(http.value("filter")));
  query.set_wan(!http.value("wan").empty());
  return query;
}

api_response agent_members::render(m::Members& answer, const api_request& http) {
  return array_response(answer.members(), http);
}

result<m::LeaveRequest> agent_leave::parse(api_request& http) {
  m::LeaveRequest request;
  request.set_token(token_of(http));
  return request;
}

api_response agent_leave::render(m::Done& /*answer*/, const api_request& /*http*/) {
  return empty_response();
}

result<m::ReloadRequest> agent_reload::parse(api_request& http) {
  m::ReloadRequest request;
  request.set_token(token_of(http));
  return request;
}

api_response agent_reload::render(m::Done& /*answer*/, const api_request& /*http*/) {
  return empty_response();
}

api_response agent_version(const api_request& http, const gateway_options& options) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("SHA").text(options.revision).key("BuildDate").text(options.build_date);
  out.key("HumanVersion").text(m::consul_version).key("FIPS").text("").end_object();
  return response;
}

// -- what is registered here ---------------------------------------------------

result<m::LocalServicesQuery> agent_services::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::LocalServicesQuery query;
  query.set_token(token_of(http));
  query.set_filter(std::string(http.value("filter")));
  return query;
}

api_response agent_services::render(m::LocalServices& answer, const api_request& http) {
  return map_response(answer.services(), http);
}

result<m::LocalServiceQuery> agent_service::parse(api_request& http) {
  const auto options = parse_read_options(http);
  if (!options)
    return options.error();
  m::LocalServiceQuery query;
  query.set_token(options->token());
  query.set_service_id(std::string(http.path_tail()));
  query.set_hash(std::string(http.value("hash")));
  query.set_wait_ms(options->wait_ms());
  return query;
}

api_response agent_service::render(m::LocalService& answer, const api_request& http) {
  auto response = json_response(answer.service(), http.pretty);
  response.header("X-Consul-Contenthash", answer.service().content_hash());
  return response;
}

result<m::LocalChecksQuery> agent_checks::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::LocalChecksQuery query;
  query.set_token(token_of(http));
  query.set_filter(std::string(http.value("filter")));
  return query;
}

api_response agent_checks::render(m::LocalChecks& answer, const api_request& http) {
  return map_response(answer.checks(), http);
}

// -- health with a status code ---------------------------------------------------

namespace {

bool wants_text(const api_request& http) {
  return http.accept.starts_with("text/plain") || http.value("format") == "text";
}

unsigned status_of(std::string_view health) {
  if (health == "passing")
    return 200;
  return health == "warning" ? 429 : 503;
}

// `json` writes the whole JSON body.
template <class Write>
api_response health_response(unsigned status, std::string_view reason, const api_request& http,
                             Write json) {
  api_response response;
  response.status = status;
  if (wants_text(http)) {
    response.content_type = "text/plain";
    response.body = reason;
  } else {
    response.content_type = json_type;
    m::json_writer out(response.body, http.pretty);
    json(out);
  }
  response.header("X-Consul-Reason", reason);
  return response;
}

int badness(std::string_view health) {
  if (health == "passing")
    return 0;
  if (health == "warning")
    return 1;
  return health == "critical" ? 2 : 3;  // maintenance
}

}  // namespace

result<m::LocalHealthQuery> agent_health_by_id::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (http.path_tail().empty())
    return failure{errc::failed, "Missing serviceID"};
  m::LocalHealthQuery query;
  query.set_token(token_of(http));
  query.set_service_id(std::string(http.path_tail()));
  return query;
}

api_response agent_health_by_id::render(m::LocalHealth& answer, const api_request& http) {
  if (answer.instances().empty()) {
    const auto reason = "ServiceId " + std::string(http.path_tail()) + " not found";
    return health_response(404, reason, http, [](m::json_writer& out) {
      out.begin_object().key("AggregatedStatus").text("critical");
      out.key("Service").null().key("Checks").null().end_object();
    });
  }
  const auto& instance = answer.instances(0);
  const auto& health = instance.aggregated_status();
  return health_response(status_of(health), health, http,
                         [&](m::json_writer& out) { out.message(instance); });
}

result<m::LocalHealthQuery> agent_health_by_name::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (http.path_tail().empty())
    return failure{errc::failed, "Missing service Name"};
  m::LocalHealthQuery query;
  query.set_token(token_of(http));
  query.set_service_name(std::string(http.path_tail()));
  return query;
}

api_response agent_health_by_name::render(m::LocalHealth& answer, const api_request& http) {
  const auto write_all = [&answer](m::json_writer& out) {
    out.begin_array();
    for (const auto& instance : answer.instances())
      out.message(instance);
    out.end_array();
  };
  if (answer.instances().empty()) {
    const auto reason = "ServiceName " + std::string(http.path_tail()) + " Not Found";
    return health_response(404, reason, http, write_all);
  }
  const auto worst = std::max_element(
      answer.instances().begin(), answer.instances().end(), [](const auto& a, const auto& b) {
        return badness(a.aggregated_status()) < badness(b.aggregated_status());
      });
  return health_response(status_of(worst->aggregated_status()), worst->aggregated_status(), http,
                         write_all);
}

}  // namespace troupe::gateway
