#include "gateway/http/endpoints/agent.hpp"
#include "messages/go_quote.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

// Registrations are also taken with service_id for ServiceID.
constexpr m::json_read_options as_sent_to_agents{.snake_case = true};

result<m::SetMaintenance> parse_maintenance(const api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (!http.has("enable"))
    return failure{errc::bad_request, "Missing value for enable"};
  const auto enable = parse_bool(http.value("enable"));
  if (!enable)
    return failure{errc::bad_request,
                   "Invalid value for enable: " + m::go_quote(http.value("enable"))};
  m::SetMaintenance request;
  request.set_token(token_of(http));
  request.set_enable(*enable);
  request.set_reason(std::string(http.value("reason")));
  return request;
}

result<m::UpdateTtlCheck> parse_report(const api_request& http, std::string_view status) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::UpdateTtlCheck report;
  report.set_token(token_of(http));
  report.set_check_id(std::string(http.path_tail()));
  report.set_status(std::string(status));
  report.set_output(std::string(http.value("note")));
  return report;
}

}  // namespace

result<m::RegisterService> agent_service_register::parse(api_request& http) {
  m::RegisterService request;
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (auto bad = decode_body(http, *request.mutable_service(), as_sent_to_agents); !bad)
    return bad.error();
  request.set_token(token_of(http));
  if (const auto text = http.value("replace-existing-checks"); !text.empty()) {
    const auto replace = parse_bool(text);
    if (!replace)
      return failure{errc::bad_request,
                     "Invalid value for replace-existing-checks: " + m::go_quote(text)};
    request.set_replace_existing_checks(*replace);
  }
  return request;
}

result<m::DeregisterService> agent_service_deregister::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::DeregisterService request;
  request.set_token(token_of(http));
  request.set_service_id(std::string(http.path_tail()));
  return request;
}

result<m::SetMaintenance> agent_service_maintenance::parse(api_request& http) {
  if (http.path_tail().empty())
    return failure{errc::bad_request, "Missing service ID"};
  auto request = parse_maintenance(http);
  if (request)
    request->set_service_id(std::string(http.path_tail()));
  return request;
}

result<m::SetMaintenance> agent_maintenance::parse(api_request& http) {
  return parse_maintenance(http);
}

result<m::RegisterCheck> agent_check_register::parse(api_request& http) {
  m::RegisterCheck request;
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (auto bad = decode_body(http, *request.mutable_check(), as_sent_to_agents); !bad)
    return bad.error();
  request.set_token(token_of(http));
  return request;
}

result<m::DeregisterCheck> agent_check_deregister::parse(api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::DeregisterCheck request;
  request.set_token(token_of(http));
  request.set_check_id(std::string(http.path_tail()));
  return request;
}

result<m::UpdateTtlCheck> agent_check_pass::parse(api_request& http) {
  return parse_report(http, "passing");
}

result<m::UpdateTtlCheck> agent_check_warn::parse(api_request& http) {
  return parse_report(http, "warning");
}

result<m::UpdateTtlCheck> agent_check_fail::parse(api_request& http) {
  return parse_report(http, "critical");
}

result<m::UpdateTtlCheck> agent_check_update::parse(api_request& http) {
  m::TtlUpdateBody body;
  if (auto bad = decode_body(http, body); !bad)
    return bad.error();
  auto report = parse_report(http, body.status());
  if (report)
    report->set_output(std::move(*body.mutable_output()));
  return report;
}

}  // namespace troupe::gateway
