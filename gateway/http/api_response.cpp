#include "gateway/http/api_response.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "messages/json_codec.hpp"

namespace troupe::gateway {

using messages::errc;

api_response& api_response::header(std::string_view name, std::string_view value) {
  header_lines_.append(name).append(": ");
  const auto start = header_lines_.size();
  header_lines_.append(value);
  std::replace_if(
      header_lines_.begin() + static_cast<std::ptrdiff_t>(start), header_lines_.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  header_lines_.append("\r\n");
  return *this;
}

api_response& api_response::header(std::string_view name, std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return header(name,
                std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

std::optional<std::string> api_response::header_value(std::string_view name) const {
  std::string_view rest = header_lines_;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return std::string(line.substr(name.size() + 2));
    rest.remove_prefix(line.size() + 2);
  }
  return std::nullopt;
}

api_response json_response(const google::protobuf::Message& message, bool pretty) {
  api_response response;
  response.content_type = json_type;
  messages::append_json(response.body, message, pretty);
  return response;
}

api_response json_text_response(std::string json) {
  api_response response;
  response.content_type = json_type;
  response.body = std::move(json);
  return response;
}

api_response text_response(unsigned status, std::string text) {
  api_response response;
  response.status = status;
  response.content_type = text_type;
  response.body = std::move(text);
  return response;
}

api_response empty_response() {
  api_response response;
  response.content_type = empty_json_type;
  return response;
}

api_response render_failure(const messages::failure& why) {
  switch (why.code) {
    case errc::bad_request:
      return text_response(400, why.detail);
    case errc::unauthorized:
      return text_response(401, why.detail);
    case errc::forbidden:
      return text_response(403, why.detail);
    case errc::not_found:
      return text_response(404, why.detail);
    case errc::conflict:
      return text_response(409, why.detail);
    case errc::too_large:
      return text_response(413, why.detail);
    case errc::too_many_requests:
      return text_response(429, why.detail);
    case errc::unavailable:
      return text_response(503, why.detail);
    case errc::not_leader:  // it led when the request came; the detail is an id of ours
      return text_response(500, "node is not the leader");
    case errc::failed:
    case errc::no_leader:
    case errc::timed_out:
    case errc::io:
    case errc::corrupt:
      break;
  }
  return text_response(500, why.detail);
}

void add_cache_headers(api_response& response, const messages::QueryMeta& meta) {
  if (!meta.cached())
    return;
  response.header("X-Cache", meta.cache_hit() ? "HIT" : "MISS");
  if (meta.cache_hit())
    response.header("Age",
                    static_cast<std::uint64_t>(std::max<std::int64_t>(meta.cache_age_s(), 0)));
}

void add_query_meta(api_response& response, const messages::QueryMeta& meta, meta_style style) {
  // 0 would make a client's next blocking query return at once, for ever.
  response.header("X-Consul-Index", std::max<std::uint64_t>(meta.index(), 1))
      .header("X-Consul-Knownleader", meta.known_leader() ? "true" : "false")
      .header("X-Consul-Lastcontact", meta.last_contact_ms())
      .header("X-Consul-Query-Backend", "blocking-query");
  add_cache_headers(response, meta);
  if (!style.effective_consistency)
    return;
  std::string_view name = "leader";
  if (meta.consistency() == messages::STALE)
    name = "stale";
  else if (meta.consistency() == messages::CONSISTENT)
    name = "consistent";
  response.header("X-Consul-Effective-Consistency", name);
}

}  // namespace troupe::gateway
