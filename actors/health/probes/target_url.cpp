#include "actors/health/probes/target_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/core.h>

namespace troupe::actors {

namespace {

using messages::errc;
using messages::failure;
using messages::result;

failure bad(std::string why) {
  return {errc::bad_request, std::move(why)};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number <= 65535;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == ' ' || c == '"' || c == '<' || c == '>' || static_cast<unsigned char>(c) >= 0x80)
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "user@host:port" into its parts of `url`.
result<void> parse_authority(std::string_view text, target_url& url) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    url.user_info = unescape(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  url.authority = text;
  std::string_view host = text;
  std::string_view port;
  const auto bracket = text.rfind(']');
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (!port.empty() && !is_port(port))
      return bad(fmt::format("invalid port \":{}\" after host", port));
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty())
    return bad("http: no Host in request URL");
  if (host.find(' ') != std::string_view::npos)
    return bad("invalid character \" \" in host name");
  url.host = lower(host);
  url.port = !port.empty() ? std::string(port) : url.uses_tls() ? "443" : "80";
  return {};
}

}  // namespace

result<target_url> parse_target_url(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control))
    return bad("net/url: invalid control character in URL");
  const auto colon = text.find("://");
  target_url url;
  url.scheme = lower(colon == std::string_view::npos ? "" : text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https")
    return bad(fmt::format("unsupported protocol scheme \"{}\"", url.scheme));
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  const auto path = text.find_first_of("/?");
  if (auto done = parse_authority(text.substr(0, path), url); !done)
    return done.error();
  const auto rest = path == std::string_view::npos ? std::string_view{} : text.substr(path);
  url.target = (rest.empty() || rest.front() != '/' ? "/" : "") + escape(rest);
  return url;
}

result<target_url> resolve_location(const target_url& base, std::string_view location) {
  if (location.find("://") != std::string_view::npos &&
      location.find("://") < location.find_first_of("/?#"))
    return parse_target_url(location);
  if (location.substr(0, 2) == "//")
    return parse_target_url(base.scheme + ":" + std::string(location));
  if (std::any_of(location.begin(), location.end(), is_control))
    return bad("net/url: invalid control character in URL");
  location = location.substr(0, location.find('#'));
  target_url url = base;
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (location.empty())
    return url;
  if (location.front() == '/')
    url.target = escape(location);
  else if (location.front() == '?')
    url.target = std::string(path) + escape(location);
  else
    url.target = std::string(path.substr(0, path.rfind('/') + 1)) + escape(location);
  return url;
}

bool may_follow(const target_url& from, const target_url& to) {
  return from.host == to.host && (to.uses_tls() || !from.uses_tls());
}

result<host_and_port> split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return bad(fmt::format("address {}: missing port in address", text));
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return bad(fmt::format("address {}: too many colons in address", text));
  if (port.empty() || !is_port(port))
    return bad(fmt::format("address {}: invalid port", text));
  return host_and_port{std::string(host), std::string(port)};
}

std::string join_host_port(std::string_view host, std::string_view port) {
  const bool brackets = host.find(':') != std::string_view::npos;
  return brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace troupe::actors
