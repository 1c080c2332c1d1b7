#include "gateway/http/endpoints/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "messages/go_quote.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::size_t uuid_characters = 36;
constexpr std::string_view execute_end = "/execute";
constexpr std::string_view explain_end = "/explain";

std::string without_end(const api_request& http, std::string_view end) {
  const auto tail = http.path_tail();
  return std::string(tail.substr(0, tail.size() - (tail.ends_with(end) ? end.size() : 0)));
}

// An answer of Consul's that its handler began as that of a query.
api_response failed_read(unsigned status, std::string text) {
  auto response = text_response(status, std::move(text));
  add_query_meta(response, {}, {.effective_consistency = false});
  return response;
}

// Unset: the query is there.
std::optional<api_response> refused_read(bool known, const std::string& why) {
  if (!why.empty())
    return failed_read(500, why);
  if (!known)
    return failed_read(404, "Query not found");
  return std::nullopt;
}

std::string_view consistency_name(m::Consistency consistency) {
  if (consistency == m::STALE)
    return "stale";
  return consistency == m::CONSISTENT ? "consistent" : "leader";
}

// What of a query's meta stands in the body, after the answer.
void write_meta(m::json_writer& out, const m::QueryMeta& meta) {
  out.key("Index").number(meta.index());
  out.key("LastContact").number(static_cast<std::int64_t>(meta.last_contact_ms()) * ns_per_ms);
  out.key("KnownLeader").boolean(meta.known_leader());
  out.key("ConsistencyLevel").text(consistency_name(meta.consistency()));
  out.key("NotModified").boolean(false);
  out.key("Backend").number(std::int64_t{0});
  out.key("ResultsFilteredByACLs").boolean(false);
}

// Whether a definition may be left out, which is then an empty one.
enum class body_use : std::uint8_t { needed, optional };

result<m::Propose> definition(const api_request& http, body_use body) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  auto& query = *propose->mutable_command()->mutable_query_set()->mutable_query();
  if (body == body_use::needed || !http.body.empty()) {
    if (auto bad = decode_body(http, query); !bad)
      return bad.error();
  }
  query.clear_create_index();
  query.clear_modify_index();
  return propose;
}

api_response write_response(const m::CommandResult& answer) {
  if (!answer.error().empty())
    return text_response(500, answer.error());
  return empty_response();
}

// As strconv.Atoi takes it.
result<std::int64_t> parse_limit(std::string_view text) {
  if (text.empty())
    return std::int64_t{0};
  auto digits = text;
  if (digits.starts_with('+') && !digits.substr(1).starts_with('-'))
    digits.remove_prefix(1);
  std::int64_t limit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
  if (end == digits.data() + digits.size() && error == std::errc{})
    return limit;
  const bool too_large = error == std::errc::result_out_of_range;
  return failure{errc::failed, "Bad limit: strconv.Atoi: parsing " + m::go_quote(text) +
                                   (too_large ? ": value out of range" : ": invalid syntax")};
}

// The address as it is written usually; empty: the text is none.
std::string usual_spelling(const std::string& text) {
  for (const int family : {AF_INET, AF_INET6}) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    std::array<char, INET6_ADDRSTRLEN> spelling{};
    if (inet_pton(family, text.c_str(), address.data()) == 1 &&
        inet_ntop(family, address.data(), spelling.data(), spelling.size()) != nullptr)
      return spelling.data();
  }
  return {};
}

// Of the client itself, if it came through proxies that say so.
std::string client_address(const api_request& http) {
  const auto first = std::string_view(http.forwarded_for).substr(0, http.forwarded_for.find(','));
  const auto begin = std::min(first.find_first_not_of(" \t"), first.size());
  const auto end = first.find_last_not_of(" \t");
  auto address = usual_spelling(std::string(first.substr(begin, end + 1 - begin)));
  return address.empty() ? http.remote_address : address;
}

}  // namespace

bool is_query_execution(const api_request& http) {
  return std::string_view(http.path).ends_with(execute_end);
}

bool is_query_explanation(const api_request& http) {
  return std::string_view(http.path).ends_with(explain_end);
}

// -- writes -----------------------------------------------------------------

result<m::Propose> query_create::parse(api_request& http) {
  auto propose = definition(http, body_use::needed);
  if (!propose)
    return propose;
  auto& set = *propose->mutable_command()->mutable_query_set();
  if (!set.query().id().empty())
    return failure{errc::failed, "ID must be empty when creating a new prepared query"};
  set.set_create(true);
  return propose;
}

api_response query_create::render(m::CommandResult& answer, const api_request& http) {
  if (!answer.error().empty())
    return text_response(500, answer.error());
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("ID").text(answer.query_id()).end_object();
  return response;
}

result<m::Propose> query_update::parse(api_request& http) {
  auto propose = definition(http, body_use::optional);
  if (propose)
    propose->mutable_command()->mutable_query_set()->mutable_query()->set_id(
        std::string(http.path_tail()));
  return propose;
}

api_response query_update::render(m::CommandResult& answer, const api_request& /*http*/) {
  return write_response(answer);
}

result<m::Propose> query_delete::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (propose)
    propose->mutable_command()->mutable_query_delete()->set_id(std::string(http.path_tail()));
  return propose;
}

api_response query_delete::render(m::CommandResult& answer, const api_request& /*http*/) {
  return write_response(answer);
}

// -- reads ------------------------------------------------------------------

result<m::PreparedQueriesQuery> query_list::parse(api_request& http) {
  return read_query<m::PreparedQueriesQuery>(http);
}

api_response query_list::render(m::PreparedQueries& answer, const api_request& http) {
  return list_response(answer.meta(), answer.queries(), http);
}

result<m::PreparedQueryGet> query_get::parse(api_request& http) {
  auto query = read_query<m::PreparedQueryGet>(http);
  if (query)
    query->set_id(std::string(http.path_tail()));
  return query;
}

api_response query_get::render(m::PreparedQueries& answer, const api_request& http) {
  if (http.path_tail().size() != uuid_characters)
    return failed_read(500,
                       "failed prepared query lookup: index error: UUID must be 36 characters");
  if (answer.queries().empty())
    return failed_read(404, "Query not found");
  return list_response(answer.meta(), answer.queries(), http);
}

result<m::PreparedQueryExecute> query_execute::parse(api_request& http) {
  auto query = read_query<m::PreparedQueryExecute>(http);
  if (!query)
    return query;
  const auto limit = parse_limit(http.value("limit"));
  if (!limit)
    return limit.error();
  query->mutable_options()->clear_min_index();  // it never waits for a change
  query->set_id_or_name(without_end(http, execute_end));
  query->set_limit(*limit);
  query->set_source_address(client_address(http));
  query->set_agent_node(std::string(http.node_name));
  if (const auto text = http.value("connect"); !text.empty()) {
    const auto connect = parse_bool(text);
    if (!connect)
      return failure{errc::bad_request,
                     "Error parsing 'connect' value: strconv.ParseBool: parsing " +
                         m::go_quote(text) + ": invalid syntax"};
    query->set_connect(*connect);
  }
  return query;
}

api_response query_execute::render(m::PreparedQueryResult& answer, const api_request& http) {
  if (auto refused = refused_read(answer.known(), answer.refused()))
    return *std::move(refused);
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("Service").text(answer.service());
  out.key("Nodes").begin_array();
  for (const auto& row : answer.instances())
    out.message(row);
  out.end_array().key("DNS").message(answer.dns());
  out.key("Datacenter").text(http.datacenter).key("PeerName").text("");
  out.key("Failovers").number(std::int64_t{0});
  write_meta(out, answer.meta());
  out.end_object();
  add_query_meta(response, answer.meta());
  return response;
}

result<m::PreparedQueryExplain> query_explain::parse(api_request& http) {
  auto query = read_query<m::PreparedQueryExplain>(http);
  if (!query)
    return query;
  if (const auto limit = parse_limit(http.value("limit")); !limit)  // which it has no use for
    return limit.error();
  query->mutable_options()->clear_min_index();  // it never waits for a change
  query->set_id_or_name(without_end(http, explain_end));
  return query;
}

api_response query_explain::render(m::PreparedQueryExplained& answer, const api_request& http) {
  if (auto refused = refused_read(answer.known(), answer.refused()))
    return *std::move(refused);
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_object().key("Query").message(answer.query());
  write_meta(out, answer.meta());
  out.end_object();
  add_query_meta(response, answer.meta());
  return response;
}

}  // namespace troupe::gateway
