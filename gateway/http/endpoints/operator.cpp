#include "gateway/http/endpoints/operator.hpp"

#include <algorithm>

#include "gateway/http/read_options.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_time.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

api_response json_of(const google::protobuf::Message& body, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer(response.body, http.pretty).message(body);
  return response;
}

std::string text_of_time(std::int64_t unix_ns) {
  constexpr std::int64_t second = 1'000'000'000;
  std::string text;
  m::append_go_time(text, unix_ns / second * second);
  return text;
}

// The names of this page's fields are older than those of the state's.
void write_health(m::json_writer& out, const m::AutopilotServer& server) {
  out.begin_object();
  out.key("ID").text(server.id());
  out.key("Name").text(server.name());
  out.key("Address").text(server.address());
  out.key("SerfStatus").text(server.node_status());
  out.key("Version").text(server.version());
  out.key("Leader").boolean(server.status() == "leader");
  out.key("LastContact").text(m::to_go_duration(std::chrono::nanoseconds(server.last_contact())));
  out.key("LastTerm").number(server.last_term());
  out.key("LastIndex").number(server.last_index());
  out.key("Healthy").boolean(server.healthy());
  out.key("Voter").boolean(!server.read_replica());
  out.key("StableSince").text(text_of_time(server.stable_since()));
  out.end_object();
}

// Not written where there are none, as by Consul.
void write_replicas(m::json_writer& out, const m::AutopilotState& state) {
  const auto is_replica = [](const m::AutopilotServer& server) { return server.read_replica(); };
  if (std::none_of(state.servers().begin(), state.servers().end(), is_replica))
    return;
  out.key("ReadReplicas").begin_array();
  for (const auto& server : state.servers()) {
    if (is_replica(server))
      out.text(server.id());
  }
  out.end_array();
}

}  // namespace

// -- raft ------------------------------------------------------------------------

result<m::RaftServersQuery> raft_configuration::parse(api_request& http) {
  auto options = parse_read_options(http);
  if (!options)
    return options.error();
  m::RaftServersQuery query;
  query.mutable_options()->set_token(options->token());
  query.mutable_options()->set_datacenter(options->datacenter());
  query.set_stale(options->consistency() == m::STALE);
  return query;
}

api_response raft_configuration::render(m::RaftServerRows& answer, const api_request& http) {
  return json_of(answer, http);
}

result<m::OperateRaft> raft_remove_peer::parse(api_request& http) {
  auto request = write_request<m::OperateRaft>(http);
  if (!request)
    return request;
  const auto id = http.value("id");
  const auto address = http.value("address");
  if (!id.empty() && !address.empty())
    return failure{errc::bad_request, "Must specify only one of ?id or ?address"};
  if (id.empty() && address.empty())
    return failure{errc::bad_request,
                   "Must specify either ?id with the server's ID or ?address with IP:port of peer "
                   "to remove"};
  request->mutable_remove()->set_id(std::string(id));
  request->mutable_remove()->set_address(std::string(address));
  return request;
}

api_response raft_remove_peer::render(m::Done&, const api_request&) {
  return {};
}

result<m::OperateRaft> raft_transfer_leader::parse(api_request& http) {
  auto request = write_request<m::OperateRaft>(http);
  if (request)
    request->mutable_transfer()->set_id(std::string(http.value("id")));
  return request;
}

api_response raft_transfer_leader::render(m::Done&, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object();
  out.key("Success").boolean(true);
  out.end_object();
  return response;
}

// -- autopilot ---------------------------------------------------------------------

result<m::AutopilotConfigurationQuery> autopilot_configuration::parse(api_request& http) {
  return read_query<m::AutopilotConfigurationQuery>(http);
}

api_response autopilot_configuration::render(m::AutopilotConfigurations& answer,
                                             const api_request& http) {
  const bool is_there = !answer.configurations().empty();
  return json_of(is_there ? answer.configurations(0) : m::AutopilotConfiguration(), http);
}

result<m::Propose> autopilot_configure::parse(api_request& http) {
  auto request = write_request<m::Propose>(http);
  if (!request)
    return request;
  auto& set = *request->mutable_command()->mutable_autopilot();
  // What the body leaves out is Consul's default, as for its clients.
  if (auto read = m::from_json(http.body, *set.mutable_configuration()); !read)
    return failure{errc::bad_request, "Error parsing autopilot config: " + read.error().detail};
  if (http.has("cas")) {
    const auto index = parse_uint(http.value("cas"));
    if (!index)
      return failure{errc::bad_request, "Error parsing cas value: " + index.error().detail};
    set.set_cas(true);
    set.set_modify_index(*index);
  }
  return request;
}

api_response autopilot_configure::render(m::CommandResult& answer, const api_request&) {
  if (!answer.error().empty())
    return render_failure({errc::failed, answer.error()});
  api_response response;
  response.content_type = json_type;
  response.body = answer.done() ? "true" : "false";
  return response;
}

result<m::AutopilotStateQuery> autopilot_health::parse(api_request& http) {
  return write_request<m::AutopilotStateQuery>(http);
}

api_response autopilot_health::render(m::AutopilotState& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  if (!answer.healthy())
    response.status = 429;
  m::json_writer out(response.body, http.pretty);
  out.begin_object();
  out.key("Healthy").boolean(answer.healthy());
  out.key("FailureTolerance").number(std::int64_t{answer.failure_tolerance()});
  out.key("Servers").begin_array();
  for (const auto& server : answer.servers())
    write_health(out, server);
  out.end_array();
  out.end_object();
  return response;
}

result<m::AutopilotStateQuery> autopilot_state::parse(api_request& http) {
  return write_request<m::AutopilotStateQuery>(http);
}

api_response autopilot_state::render(m::AutopilotState& answer, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object();
  out.key("Healthy").boolean(answer.healthy());
  out.key("FailureTolerance").number(std::int64_t{answer.failure_tolerance()});
  out.key("OptimisticFailureTolerance").number(std::int64_t{answer.failure_tolerance()});
  out.key("Servers").begin_object();
  for (const auto& server : answer.servers())
    out.key(server.id()).message(server);
  out.end_object();
  std::string leader;
  for (const auto& server : answer.servers())
    leader = server.status() == "leader" ? server.id() : leader;
  out.key("Leader").text(leader);
  out.key("Voters").begin_array();
  for (const auto& server : answer.servers()) {
    if (!server.read_replica())
      out.text(server.id());
  }
  out.end_array();
  write_replicas(out, answer);
  out.end_object();
  return response;
}

}  // namespace troupe::gateway
