// /v1/query/...: section 3.8 of the API.
#pragma once

#include "gateway/http/endpoints/endpoint.hpp"
#include "messages/command.pb.h"
#include "messages/query.pb.h"

namespace troupe::gateway {

// POST /v1/query
struct query_create {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// PUT /v1/query/<id>
struct query_update {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// DELETE /v1/query/<id>
struct query_delete {
  using message = m::Propose;
  using reply = m::CommandResult;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/query
struct query_list {
  using message = m::PreparedQueriesQuery;
  using reply = m::PreparedQueries;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/query/<id>
struct query_get {
  using message = m::PreparedQueryGet;
  using reply = m::PreparedQueries;
  static constexpr bool meta_on_failure = true;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/query/<id or name>/execute
struct query_execute {
  using message = m::PreparedQueryExecute;
  using reply = m::PreparedQueryResult;
  static constexpr bool meta_on_failure = true;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// GET /v1/query/<id or name>/explain
struct query_explain {
  using message = m::PreparedQueryExplain;
  using reply = m::PreparedQueryExplained;
  static constexpr bool meta_on_failure = true;
  static constexpr auto ask = target::router;
  static m::result<message> parse(api_request& http);
  static api_response render(reply& answer, const api_request& http);
};

// Of the paths under /v1/query/: which of them a request's is.
bool is_query_execution(const api_request& http);
bool is_query_explanation(const api_request& http);

}  // namespace troupe::gateway
