#include "gateway/http/front_door.hpp"

#include <algorithm>
#include <vector>

#include "gateway/http/url.hpp"

namespace troupe::gateway {

namespace {

constexpr std::string_view kv_prefix = "/v1/kv/";

void html_escape(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

api_response redirect(const api_request& request, unsigned status, std::string_view to) {
  api_response response;
  response.status = status;
  response.header("Location", to);
  if (request.method != http_method::get && request.method != http_method::head)
    return response;
  response.content_type = "text/html; charset=utf-8";
  response.body = "<a href=\"";
  html_escape(to, response.body);
  response.body +=
      status == 301 ? "\">Moved Permanently</a>.\n\n" : "\">Temporary Redirect</a>.\n\n";
  return response;
}

std::string with_query(std::string path, std::string_view query) {
  if (!query.empty())
    path.append("?").append(query);
  return path;
}

// A key cleaned on its own, so that one that leads out of the store can be told: "../x" stays.
std::string clean_key(std::string_view key) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= key.size();) {
    const auto end = std::min(key.find('/', at), key.size());
    const auto part = key.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".")
      continue;
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else
      parts.push_back(part);
  }
  std::string out;
  for (const auto part : parts)
    out.append(out.empty() ? "" : "/").append(part);
  if (key.ends_with('/') && !out.empty())
    out += '/';
  return out;
}

// The path: decoded, and what only decoding made unclean is cleaned without a redirect.
std::optional<api_response> take_path(api_request& request, std::string_view raw,
                                      std::string_view query) {
  if (!percent_decode(raw, false, request.path)) {
    auto response = text_response(400, "400 Bad Request");
    response.close = true;
    return response;
  }
  if (has_control_characters(request.path)) {
    api_response response;
    response.status = 400;
    return response;
  }
  if (!is_clean(raw))
    return redirect(request, 307, with_query(clean_path(raw), query));
  if (raw.find('%') == std::string_view::npos || is_clean(request.path))
    return std::nullopt;
  if (request.path.starts_with(kv_prefix))
    request.path =
        std::string(kv_prefix) + clean_key(std::string_view(request.path).substr(kv_prefix.size()));
  else
    request.path = clean_path(request.path);
  return std::nullopt;
}

bool is_blocked(std::string_view path, const gateway_options& options) {
  return std::any_of(options.block_endpoints.begin(), options.block_endpoints.end(),
                     [path](const std::string& prefix) { return path.starts_with(prefix); });
}

api_response unknown_path(std::string_view path) {
  if (path.starts_with("/v1/"))
    return text_response(404, "Invalid URL path: not a recognized HTTP API endpoint\n");
  return text_response(404,
                       "Invalid URL path: if attempting to use the HTTP API, ensure the path "
                       "starts with '/v1/'\n");
}

// Everything that is not below /v1/.
admission admit_page(const api_request& request, std::string_view query,
                     const gateway_options& options) {
  const auto& ui = options.ui_content_path;
  if (request.path == "/" && !options.ui_enabled)
    return {.refused = text_response(200,
                                     "Consul Agent: UI disabled. To enable, set "
                                     "ui_config.enabled=true in the agent configuration and "
                                     "restart.")};
  if (!options.ui_enabled)
    return {.refused = unknown_path(request.path)};
  if (request.path == "/" && ui != "/")
    return {.refused = redirect(request, 301, ui)};
  if (request.path + "/" == ui)
    return {.refused = redirect(request, 307, with_query(ui, query))};
  if (!request.path.starts_with(ui))
    return {.refused = unknown_path(request.path)};
  if (request.method != http_method::get && request.method != http_method::head)
    return {.refused = text_response(405, "method " + request.method_text + " not allowed")};
  return {};
}

admission admit_route(const api_request& request, const route& found) {
  admission admitted;
  if (request.method == http_method::options) {
    admitted.refused = empty_response();
    if (found.is_query) {
      admitted.refused->content_type = json_type;
      admitted.refused->body = "{}";
    }
    admitted.refused->header("Allow", found.allowed());
  } else if (const auto run = found.handler(request.method); run == nullptr) {
    admitted.refused = text_response(405, "method " + request.method_text + " not allowed");
    auto allowed = found.allowed();
    if (found.is_query)
      allowed.erase(0, allowed.find(',') + 1);
    admitted.refused->header("Allow", allowed);
  } else if (request.query_is_broken) {
    admitted.refused = text_response(500, "");
  } else {
    admitted.run = run;
    admitted.found = &found;
  }
  if (admitted.refused)
    admitted.refused->of_the_api = true;
  return admitted;
}

}  // namespace

admission admit(api_request& request, const gateway_options& options) {
  std::string_view target = request.target;
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme < 8) {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const auto split = target.find('?');
  const auto raw = target.substr(0, split);
  const auto query =
      split == std::string_view::npos ? std::string_view{} : target.substr(split + 1);
  if (auto refused = take_path(request, raw, query))
    return {.refused = std::move(refused)};
  if (is_blocked(request.path, options))
    return {.refused = text_response(403, "Endpoint is blocked by agent configuration")};
  request.query_is_broken = !parse_query(query, request.query);
  request.pretty = options.pretty || request.has("pretty");
  request.node_name = options.node_name;
  request.datacenter = options.datacenter;
  if (const auto* found = find_route(request.path)) {
    request.tail_at = std::min(found->pattern.size(), request.path.size());
    return admit_route(request, *found);
  }
  if (lacks_slash(request.path))
    return {.refused = redirect(request, 307, with_query(std::string(raw) + "/", query))};
  if (request.path.starts_with("/v1/"))
    return {.refused = unknown_path(request.path)};
  return admit_page(request, query, options);
}

api_response body_too_large(const api_request& request, std::size_t bytes, std::size_t bytes_max) {
  std::string text = "Request body(" + std::to_string(bytes) +
                     " bytes) too large, max size: " + std::to_string(bytes_max) + " bytes.";
  std::string_view setting;
  if (request.path.starts_with(kv_prefix))
    setting = "kv_max_value_size";
  else if (request.path == "/v1/txn")
    setting = "txn_max_req_len";
  if (!setting.empty())
    text.append(" See https://developer.hashicorp.com/docs/agent/config/config-files#")
        .append(setting)
        .append(".");
  auto response = text_response(413, std::move(text));
  response.close = true;
  response.of_the_api = true;
  return response;
}

}  // namespace troupe::gateway
