// An HTTP response before it is put on the wire, and the usual ones. It knows neither sockets nor
// actors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "messages/common.pb.h"
#include "messages/result.hpp"

namespace google::protobuf {
class Message;
}

namespace troupe::gateway {

inline constexpr std::string_view json_type = "application/json";
// What Consul's own wrapper says of an answer without a body.
inline constexpr std::string_view empty_json_type = "application/json; charset=utf-8";
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";

class api_response {
 public:
  unsigned status = 200;
  std::string_view content_type;  // a literal; empty: no such header
  std::string body;
  bool close = false;       // the connection, after this
  bool of_the_api = false;  // carries the headers of every /v1 answer

  // Control characters of the value become blanks: nobody can add a header of his own.
  api_response& header(std::string_view name, std::string_view value);
  api_response& header(std::string_view name, std::uint64_t value);

  // Whole lines, each with its line end, known to be good.
  void lines(std::string_view good) { header_lines_.append(good); }

  // As they go on the wire, each with its line end.
  const std::string& header_lines() const { return header_lines_; }
  // For tests.
  std::optional<std::string> header_value(std::string_view name) const;

 private:
  std::string header_lines_;
};

api_response json_response(const google::protobuf::Message& message, bool pretty);
api_response json_text_response(std::string json);
api_response text_response(unsigned status, std::string text);
// 200 without a body.
api_response empty_response();

// The one place where a failure becomes a status.
api_response render_failure(const messages::failure& why);

// X-Cache and Age, if the request cache made the answer.
void add_cache_headers(api_response& response, const messages::QueryMeta& meta);

// X-Consul-Index and its kin, with the cache's; section 1 of the API.
struct meta_style {
  bool effective_consistency = true;
};
void add_query_meta(api_response& response, const messages::QueryMeta& meta, meta_style style = {});

}  // namespace troupe::gateway
