#include "gateway/http/endpoints/session.hpp"

#include <algorithm>
#include <chrono>

#include "messages/limits.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

constexpr meta_style session_style{.effective_consistency = false};
constexpr std::string_view serf_check = "serfHealth";
constexpr std::string_view missing_session = "Missing session";

// A delay below this was meant in seconds.
constexpr std::int64_t seconds_below = 1000;

// What a session is that the body says nothing of.
m::Session default_session(const api_request& http) {
  using std::chrono::nanoseconds;
  m::Session session;
  session.set_node(std::string(http.node_name));
  session.set_lock_delay(nanoseconds(m::limits::lock_delay_default).count());
  session.set_behavior("release");
  session.add_node_checks(std::string(serf_check));
  session.add_checks(std::string(serf_check));
  return session;
}

// The older name of the checks: an empty list under one name takes the default from the other.
void settle_checks(m::Session& session) {
  if (session.checks().empty())
    session.clear_node_checks();
  else if (session.node_checks().empty())
    session.clear_checks();
  if (session.checks_size() == 1 && session.checks(0) == serf_check)
    session.clear_checks();
}

result<m::Session> parse_session(const api_request& http) {
  auto session = default_session(http);
  if (!http.body.empty()) {
    if (auto bad = decode_body(http, session, {.ignore_unknown = true}); !bad)
      return bad.error();
    if (session.lock_delay() < seconds_below)
      session.set_lock_delay(std::max<std::int64_t>(session.lock_delay(), 0) *
                             std::chrono::nanoseconds(std::chrono::seconds{1}).count());
  }
  settle_checks(session);
  session.clear_id();
  session.clear_create_index();
  session.clear_modify_index();
  return session;
}

api_response sessions_response(const m::Sessions& answer, const api_request& http) {
  return list_response(answer.meta(), answer.sessions(), http, session_style);
}

failure refusal(const m::CommandResult& answer) {
  return {errc::failed, "apply failed: " + answer.error()};
}

}  // namespace

// -- writes -----------------------------------------------------------------

result<m::Propose> session_create::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  auto session = parse_session(http);
  if (!session)
    return session.error();
  *propose->mutable_command()->mutable_session_create()->mutable_session() = std::move(*session);
  return propose;
}

api_response session_create::render(m::CommandResult& answer, const api_request& http) {
  if (!answer.error().empty())
    return render_failure(refusal(answer));
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("ID").text(answer.session_id()).end_object();
  return response;
}

result<m::Propose> session_destroy::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  auto id = required_tail(http, missing_session);
  if (!id)
    return id.error();
  propose->mutable_command()->mutable_session_destroy()->set_id(std::move(*id));
  return propose;
}

api_response session_destroy::render(m::CommandResult& answer, const api_request& /*http*/) {
  if (!answer.error().empty())
    return render_failure(refusal(answer));
  return json_text_response("true");
}

result<m::SessionRenew> session_renew::parse(api_request& http) {
  auto renew = write_request<m::SessionRenew>(http);
  if (!renew)
    return renew;
  auto id = required_tail(http, missing_session);
  if (!id)
    return id.error();
  renew->set_id(std::move(*id));
  return renew;
}

api_response session_renew::render(m::Sessions& answer, const api_request& http) {
  if (answer.sessions().empty())
    return text_response(404, "Session id '" + std::string(http.path_tail()) + "' not found");
  return array_response(answer.sessions(), http);
}

// -- reads ------------------------------------------------------------------

result<m::SessionInfo> session_info::parse(api_request& http) {
  return read_query(http, &m::SessionInfo::mutable_id, missing_session);
}

api_response session_info::render(m::Sessions& answer, const api_request& http) {
  return sessions_response(answer, http);
}

result<m::NodeSessions> session_node::parse(api_request& http) {
  return read_query(http, &m::NodeSessions::mutable_node, "Missing node name");
}

api_response session_node::render(m::Sessions& answer, const api_request& http) {
  return sessions_response(answer, http);
}

result<m::SessionList> session_list::parse(api_request& http) {
  return read_query<m::SessionList>(http);
}

api_response session_list::render(m::Sessions& answer, const api_request& http) {
  return sessions_response(answer, http);
}

}  // namespace troupe::gateway
