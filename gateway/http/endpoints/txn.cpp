#include "gateway/http/endpoints/txn.hpp"

#include <algorithm>

#include "messages/go_quote.hpp"
#include "messages/json_scanner.hpp"
#include "messages/limits.hpp"
#include "messages/txn_verbs.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

failure bad_body(const std::string& why) {
  return {errc::bad_request, "Failed to parse body: " + why};
}

// Go's name of the kind of a value that is no list.
std::string_view kind_of(std::string_view value) {
  switch (value.front()) {
    case '{':
      return "object";
    case '"':
      return "string";
    case 't':
    case 'f':
      return "bool";
    default:
      return "number";
  }
}

// The codec reads objects: the list is put into one.
result<m::TxnOps> decode_ops(const api_request& http) {
  const auto value = m::json::scan_value(http.body);
  if (!value)
    return bad_body(value.error().detail);
  m::TxnOps ops;
  if (*value == "null")
    return ops;
  if (!value->starts_with('['))
    return bad_body("json: cannot unmarshal " + std::string(kind_of(*value)) +
                    " into Go value of type api.TxnOps");
  const std::string wrapped = "{\"Ops\":" + std::string(*value) + "}";
  if (auto read = m::from_json(wrapped, ops); !read)
    return bad_body(read.error().detail);
  return ops;
}

// Operations that name nothing are counted but not passed on.
result<m::TxnOps> parse_ops(const api_request& http) {
  auto ops = decode_ops(http);
  if (!ops)
    return ops;
  if (const auto count = static_cast<std::size_t>(ops->ops_size());
      count > m::limits::txn_operations_max)
    return failure{errc::too_large, "Transaction contains too many operations (" +
                                        std::to_string(count) + " > " +
                                        std::to_string(m::limits::txn_operations_max) + ")"};
  auto& all = *ops->mutable_ops();
  all.erase(
      std::remove_if(all.begin(), all.end(),
                     [](const m::TxnOp& op) { return op.kind_case() == m::TxnOp::KIND_NOT_SET; }),
      all.end());
  for (const auto& op : all) {
    const auto value_bytes = op.kv().value().size();
    if (value_bytes > m::limits::kv_value_bytes_max)
      return failure{errc::too_large, "Value for key " + m::go_quote(op.kv().key()) +
                                          " is too large (" + std::to_string(value_bytes) + " > " +
                                          std::to_string(m::limits::kv_value_bytes_max) +
                                          " bytes)"};
  }
  return ops;
}

template <class Rows>
void write_rows(m::json_writer& out, const Rows& rows) {
  out.begin_array();
  for (const auto& row : rows)
    out.message(row);
  out.end_array();
}

void write_outcome(m::json_writer& out, const m::TxnOutcome& outcome) {
  out.key("Results");
  if (outcome.errors().empty())
    write_rows(out, outcome.results());
  else
    out.null();
  out.key("Errors");
  if (outcome.errors().empty())
    out.null();
  else
    write_rows(out, outcome.errors());
}

api_response outcome_response(const m::TxnOutcome& outcome) {
  api_response response;
  response.content_type = json_type;
  if (!outcome.errors().empty()) {
    response.status = 409;
    response.content_type = empty_json_type;
  }
  return response;
}

}  // namespace

bool is_read_only_txn(const api_request& http) {
  const auto ops = parse_ops(http);
  return !ops || std::all_of(ops->ops().begin(), ops->ops().end(), m::only_reads);
}

result<m::TxnRead> txn_read::parse(api_request& http) {
  auto request = read_query<m::TxnRead>(http);
  if (!request)
    return request;
  auto ops = parse_ops(http);
  if (!ops)
    return ops.error();
  // It never waits for a change.
  request->mutable_options()->clear_min_index();
  request->mutable_options()->clear_filter();
  request->mutable_ops()->Swap(ops->mutable_ops());
  return request;
}

api_response txn_read::render(m::TxnReadReply& answer, const api_request& http) {
  auto response = outcome_response(answer.outcome());
  const auto& meta = answer.meta();
  m::json_writer out(response.body, http.pretty);
  out.null_lists();
  out.begin_object();
  write_outcome(out, answer.outcome());
  out.key("Index").number(meta.index());
  out.key("LastContact").number(static_cast<std::int64_t>(meta.last_contact_ms()) * ns_per_ms);
  out.key("KnownLeader").boolean(meta.known_leader());
  out.key("ConsistencyLevel").text("");
  out.key("NotModified").boolean(false);
  out.key("Backend").number(std::int64_t{0});
  out.key("ResultsFilteredByACLs").boolean(false);
  out.end_object();
  response.header("X-Consul-Knownleader", meta.known_leader() ? "true" : "false")
      .header("X-Consul-Lastcontact", meta.last_contact_ms());
  return response;
}

result<m::Propose> txn_write::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  auto ops = parse_ops(http);
  if (!ops)
    return ops.error();
  propose->mutable_command()->mutable_txn()->mutable_ops()->Swap(ops->mutable_ops());
  return propose;
}

api_response txn_write::render(m::CommandResult& answer, const api_request& http) {
  if (!answer.error().empty())
    return render_failure({errc::failed, answer.error()});
  auto response = outcome_response(answer.txn());
  m::json_writer out(response.body, http.pretty);
  out.null_lists();
  out.begin_object();
  write_outcome(out, answer.txn());
  out.end_object();
  return response;
}

}  // namespace troupe::gateway
