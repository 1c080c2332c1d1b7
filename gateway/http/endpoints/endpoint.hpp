// What an endpoint is: two pure functions.
//
//   struct kv_read {
//     using message = ...;  // what is asked
//     using reply = ...;    // what is answered
//     static constexpr auto ask = target::router;
//     static result<message> parse(api_request& http);
//     static api_response render(reply& answer, const api_request& http);
//   };
//
// With `static constexpr auto cached = cache_use::...` the agent's request cache may answer.
// serve<kv_read> in routes.cpp makes it a route; the gateway does the rest. An endpoint that needs
// nobody's answer is a plain function from request and options to response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/api_request.hpp"
#include "gateway/http/api_response.hpp"
#include "gateway/http/read_options.hpp"
#include "messages/json_codec.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

enum class target : std::uint8_t { router, registry, self, node, pools, events };

enum class cache_use : std::uint8_t { when_asked, always };

// Fills `into` from the body; Consul's prefix before what went wrong.
inline m::result<void> decode_body(const api_request& http, google::protobuf::Message& into,
                                   m::json_read_options options = {}) {
  auto done = m::from_json(http.body, into, options);
  if (!done)
    return m::failure{m::errc::bad_request, "Request decode failed: " + done.error().detail};
  return {};
}

// The path's last part; without it: errc::bad_request with the text given.
inline m::result<std::string> required_tail(const api_request& http, std::string_view or_else) {
  if (http.path_tail().empty())
    return m::failure{m::errc::bad_request, std::string(or_else)};
  return std::string(http.path_tail());
}

// A read, with what all reads have in common.
template <class Message>
m::result<Message> read_query(const api_request& http) {
  auto options = parse_read_options(http);
  if (!options)
    return options.error();
  Message query;
  *query.mutable_options() = std::move(*options);
  return query;
}

// A read of what the path's last part names, which is put into `field`; without it
// errc::bad_request with the text given.
template <class Message>
m::result<Message> read_query(const api_request& http, std::string* (Message::*field)(),
                              std::string_view or_else) {
  auto query = read_query<Message>(http);
  if (!query)
    return query;
  auto tail = required_tail(http, or_else);
  if (!tail)
    return tail.error();
  *((*query).*field)() = std::move(*tail);
  return query;
}

// A write, with what all writes have in common.
template <class Message>
m::result<Message> write_request(const api_request& http) {
  auto options = parse_write_options(http);
  if (!options)
    return options.error();
  Message request;
  *request.mutable_options() = std::move(*options);
  return request;
}

// The rows as a JSON array.
template <class Rows>
api_response array_response(const Rows& rows, const api_request& http);

// The same with the query's headers.
template <class Rows>
api_response list_response(const m::QueryMeta& meta, const Rows& rows, const api_request& http,
                           meta_style style = {});

}  // namespace troupe::gateway

#include "messages/json_writer.hpp"

namespace troupe::gateway {

template <class Rows>
api_response array_response(const Rows& rows, const api_request& http) {
  api_response response;
  response.content_type = json_type;
  m::json_writer out(response.body, http.pretty);
  out.begin_array();
  for (const auto& row : rows)
    out.message(row);
  out.end_array();
  return response;
}

template <class Rows>
api_response list_response(const m::QueryMeta& meta, const Rows& rows, const api_request& http,
                           meta_style style) {
  auto response = array_response(rows, http);
  add_query_meta(response, meta, style);
  return response;
}

}  // namespace troupe::gateway
