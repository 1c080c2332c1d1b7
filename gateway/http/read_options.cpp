#include "gateway/http/read_options.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include <strings.h>

#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

std::int64_t to_ms(std::chrono::nanoseconds duration) {
  // Anything above zero stays above zero: 0 means the default.
  return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

result<void> parse_consistency(const api_request& http, m::ReadOptions& options) {
  const bool consistent = http.has("consistent");
  bool stale = http.has("stale");
  if (const auto text = http.value("max_stale"); !text.empty()) {
    const auto bound = m::parse_go_duration(text);
    if (!bound)
      return failure{errc::bad_request, "Invalid max_stale value " + m::go_quote(text)};
    stale = true;
    if (bound->count() > 0)
      options.set_max_stale_ms(to_ms(*bound));
  }
  if (stale && consistent)
    return failure{errc::bad_request,
                   "Cannot specify ?stale with ?consistent, conflicting semantics."};
  if (http.has("cached") && consistent)
    return failure{errc::bad_request,
                   "Cannot specify ?cached with ?consistent, conflicting semantics."};
  if (stale)
    options.set_consistency(m::STALE);
  else if (consistent)
    options.set_consistency(m::CONSISTENT);
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// As strconv.Atoi takes it; an age below zero is the same as none.
std::optional<std::int64_t> parse_seconds(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-')
    text.remove_prefix(1);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return std::max<std::int64_t>(seconds, 0);
}

// Of ?cached; the header means nothing without.
result<void> parse_cache_control(const api_request& http, m::ReadOptions& options) {
  if (!http.has("cached"))
    return {};
  auto& cache = *options.mutable_cache();
  cache.set_use(true);
  auto header = http.cache_control;
  std::transform(header.begin(), header.end(), header.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view rest = header;
  while (!rest.empty()) {
    auto part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    part = trimmed(part);
    if (part == "must-revalidate")
      cache.set_must_revalidate(true);
    const auto split = part.find('=');
    const auto name = part.substr(0, split);
    if (split == std::string_view::npos || (name != "max-age" && name != "stale-if-error"))
      continue;
    const auto seconds = parse_seconds(part.substr(split + 1));
    if (!seconds)
      return failure{errc::bad_request, "Invalid Cache-Control header."};
    if (name == "stale-if-error") {
      cache.set_stale_if_error_s(*seconds);
      continue;
    }
    cache.set_max_age_s(*seconds);
    if (*seconds == 0)  // would mean any age
      cache.set_must_revalidate(true);
  }
  return {};
}

result<void> parse_wait(const api_request& http, m::ReadOptions& options) {
  if (const auto text = http.value("wait"); !text.empty()) {
    const auto wait = m::parse_go_duration(text);
    if (!wait)
      return failure{errc::bad_request, "Invalid wait time"};
    if (wait->count() > 0)
      options.set_wait_ms(to_ms(*wait));
  }
  if (const auto text = http.value("index"); !text.empty()) {
    const auto parsed = parse_uint(text);
    if (!parsed)
      return failure{errc::bad_request, "Invalid index"};
    options.set_min_index(*parsed);
  }
  return {};
}

void parse_selection(const api_request& http, m::ReadOptions& options) {
  options.set_filter(std::string(http.value("filter")));
  const auto near = http.value("near");
  options.set_near(std::string(near == "_agent" ? http.node_name : near));
  for (const auto& each : http.query) {
    if (each.name != "node-meta" || each.value.empty())
      continue;
    const auto split = each.value.find(':');
    (*options.mutable_node_meta())[each.value.substr(0, split)] =
        split == std::string::npos ? "" : each.value.substr(split + 1);
  }
}

}  // namespace

std::string token_of(const api_request& http) {
  if (const auto token = http.value("token"); !token.empty())
    return std::string(token);
  if (!http.token.empty())
    return http.token;
  constexpr std::string_view scheme = "bearer ";
  std::string_view text = http.authorization;
  if (text.size() <= scheme.size() || strncasecmp(text.data(), scheme.data(), scheme.size()) != 0)
    return {};
  text.remove_prefix(scheme.size());
  const auto start = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(start);
  return std::string(text.substr(0, text.find(' ')));
}

result<void> refuse_enterprise(const api_request& http) {
  if (http.query.empty() && http.enterprise_header.empty())
    return {};
  constexpr std::string_view namespaces = "Namespaces are a Consul Enterprise feature";
  constexpr std::string_view partitions = "Partitions are a Consul Enterprise feature";
  const auto refused = [](std::string_view what, std::string_view name, std::string_view feature) {
    return failure{errc::bad_request, "Invalid " + std::string(what) + ": " + m::go_quote(name) +
                                          " - " + std::string(feature)};
  };
  if (!http.enterprise_header.empty())
    return refused("header", http.enterprise_header,
                   http.enterprise_header.ends_with("Namespace") ? namespaces : partitions);
  if (!http.value("ns").empty())
    return refused("query parameter", "ns", namespaces);
  if (!http.value("partition").empty())
    return refused("query parameter", "partition", partitions);
  return {};
}

result<m::ReadOptions> parse_read_options(const api_request& http) {
  m::ReadOptions options;
  if (auto token = token_of(http); !token.empty())
    options.set_token(std::move(token));
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  if (http.query.empty())
    return options;
  options.set_datacenter(std::string(http.value("dc")));
  if (auto refused = parse_consistency(http, options); !refused)
    return refused.error();
  if (auto refused = parse_cache_control(http, options); !refused)
    return refused.error();
  if (auto refused = parse_wait(http, options); !refused)
    return refused.error();
  parse_selection(http, options);
  return options;
}

result<m::WriteOptions> parse_write_options(const api_request& http) {
  if (auto refused = refuse_enterprise(http); !refused)
    return refused.error();
  m::WriteOptions options;
  options.set_token(token_of(http));
  options.set_datacenter(std::string(http.value("dc")));
  return options;
}

result<std::uint64_t> parse_uint(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return failure{errc::failed,
                   "strconv.ParseUint: parsing " + m::go_quote(text) + ": value out of range"};
  if (error != std::errc{} || end != text.data() + text.size())
    return failure{errc::failed,
                   "strconv.ParseUint: parsing " + m::go_quote(text) + ": invalid syntax"};
  return number;
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == word)
      return true;
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == word)
      return false;
  return std::nullopt;
}

}  // namespace troupe::gateway
