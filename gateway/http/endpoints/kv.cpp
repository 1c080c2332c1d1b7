#include "gateway/http/endpoints/kv.hpp"

#include "gateway/http/url.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

constexpr meta_style kv_style{.effective_consistency = false};

// The rules for keys, which also hold for reads.
result<std::string> parse_key(const api_request& http) {
  std::string key(http.path_tail());
  if (key.starts_with(' ') || key.ends_with(' '))
    return failure{errc::failed, "invalid key name, leading/trailing spaces are not allowed"};
  if (key == ".." || key.starts_with("../"))
    return failure{errc::failed, "invalid key name, path traversal is not allowed"};
  return key;
}

result<std::string> required_key(const api_request& http) {
  if (http.path_tail().empty())
    return failure{errc::bad_request, "Missing key name"};
  return parse_key(http);
}

// A read of the key that the path names, which is put into `field`.
template <class Message>
result<Message> read_keys(const api_request& http, std::string* (Message::*field)(),
                          result<std::string> (*key_of)(const api_request&)) {
  auto query = read_query<Message>(http);
  if (!query)
    return query;
  auto key = key_of(http);
  if (!key)
    return key.error();
  *((*query).*field)() = std::move(*key);
  return query;
}

failure conflicting_flags(const api_request& http) {
  return {errc::bad_request, "Conflicting flags: " + encode_query(http.query) + "\n"};
}

api_response entries_response(m::KvEntries& answer, const api_request& http) {
  if (answer.entries().empty()) {
    api_response response;
    response.status = 404;
    add_query_meta(response, answer.meta(), kv_style);
    return response;
  }
  return list_response(answer.meta(), answer.entries(), http, kv_style);
}

api_response outcome_response(const m::CommandResult& answer) {
  if (!answer.error().empty())
    return render_failure({errc::failed, "raft apply failed: " + answer.error()});
  return json_text_response(answer.done() ? "true" : "false");
}

// The verb of a PUT and what it needs; at most one of the three may be asked for.
result<void> parse_verb(const api_request& http, m::KvWrite& write) {
  const bool cas = http.has("cas");
  const bool acquire = http.has("acquire");
  const bool release = http.has("release");
  if (static_cast<int>(cas) + static_cast<int>(acquire) + static_cast<int>(release) > 1)
    return conflicting_flags(http);
  if (cas) {
    const auto modify_index = parse_uint(http.value("cas"));
    if (!modify_index)
      return modify_index.error();
    write.set_verb(m::KvWrite::CAS);
    write.mutable_entry()->set_modify_index(*modify_index);
  } else if (acquire || release) {
    write.set_verb(acquire ? m::KvWrite::LOCK : m::KvWrite::UNLOCK);
    write.mutable_entry()->set_session(std::string(http.value(acquire ? "acquire" : "release")));
  }
  return {};
}

}  // namespace

result<m::KvGet> kv_read::parse(api_request& http) {
  return read_keys(http, &m::KvGet::mutable_key, required_key);
}

api_response kv_read::render(m::KvEntries& answer, const api_request& http) {
  if (answer.entries().empty() || !http.has("raw"))
    return entries_response(answer, http);
  api_response response;
  response.content_type = text_type;
  response.body = std::move(*answer.mutable_entries(0)->mutable_value());
  // A stored value must never run as a page of this origin.
  response.header("X-Content-Type-Options", "nosniff").header("Content-Security-Policy", "sandbox");
  add_query_meta(response, answer.meta(), kv_style);
  return response;
}

result<m::KvList> kv_list::parse(api_request& http) {
  return read_keys(http, &m::KvList::mutable_prefix, parse_key);
}

api_response kv_list::render(m::KvEntries& answer, const api_request& http) {
  return entries_response(answer, http);
}

result<m::KvKeys> kv_keys::parse(api_request& http) {
  auto query = read_keys(http, &m::KvKeys::mutable_prefix, parse_key);
  if (query)
    query->set_separator(std::string(http.value("separator")));
  return query;
}

api_response kv_keys::render(m::KvKeyNames& answer, const api_request& http) {
  api_response response;
  if (answer.keys().empty()) {
    response.status = 404;
  } else {
    response.content_type = json_type;
    m::json_writer out(response.body, http.pretty);
    out.begin_array();
    for (const auto& key : answer.keys())
      out.text(key);
    out.end_array();
  }
  add_query_meta(response, answer.meta(), kv_style);
  return response;
}

result<m::Propose> kv_write::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  auto key = required_key(http);
  if (!key)
    return key.error();
  auto& write = *propose->mutable_command()->mutable_kv();
  if (auto refused = parse_verb(http, write); !refused)
    return refused.error();
  auto& entry = *write.mutable_entry();
  if (http.has("flags")) {
    const auto flags = parse_uint(http.value("flags"));
    if (!flags)
      return flags.error();
    entry.set_flags(*flags);
  }
  entry.set_key(std::move(*key));
  entry.set_value(std::move(http.body));
  return propose;
}

api_response kv_write::render(m::CommandResult& answer, const api_request& /*http*/) {
  return outcome_response(answer);
}

result<m::Propose> kv_delete::parse(api_request& http) {
  auto propose = write_request<m::Propose>(http);
  if (!propose)
    return propose;
  const bool recurse = http.has("recurse");
  auto key = recurse ? parse_key(http) : required_key(http);
  if (!key)
    return key.error();
  if (recurse && http.has("cas"))
    return conflicting_flags(http);
  auto& write = *propose->mutable_command()->mutable_kv();
  write.set_verb(recurse ? m::KvWrite::DELETE_TREE : m::KvWrite::DELETE);
  if (http.has("cas")) {
    const auto modify_index = parse_uint(http.value("cas"));
    if (!modify_index)
      return modify_index.error();
    write.set_verb(m::KvWrite::DELETE_CAS);
    write.mutable_entry()->set_modify_index(*modify_index);
  }
  write.mutable_entry()->set_key(std::move(*key));
  return propose;
}

api_response kv_delete::render(m::CommandResult& answer, const api_request& /*http*/) {
  return outcome_response(answer);
}

}  // namespace troupe::gateway
