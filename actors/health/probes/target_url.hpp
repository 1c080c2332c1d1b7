// The URL of an HTTP check, taken apart, and what a redirect makes of it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "messages/result.hpp"

namespace troupe::actors {

struct target_url {
  std::string scheme;     // in lower case
  std::string user_info;  // "user:password", decoded; empty: none
  std::string host;       // a name or an address without brackets
  std::string port;       // never empty: 80 or 443 if none was given
  std::string authority;  // as written, for the Host header
  std::string target;     // path and query for the request line; starts with '/'

  bool uses_tls() const { return scheme == "https"; }
};

// Fails with errc::bad_request in Go's words. Bytes that may not stand in a request line are
// refused (control characters) or escaped.
messages::result<target_url> parse_target_url(std::string_view text);

// Where a Location header leads to, seen from `base`.
messages::result<target_url> resolve_location(const target_url& base, std::string_view location);

// A redirect is followed only to the same host, and never from https to http: whoever answers a
// check must not be able to make the agent ask others in its name.
bool may_follow(const target_url& from, const target_url& to);

struct host_and_port {
  std::string host;
  std::string port;
};

// "host:port", "[address]:port". Fails with Go's words ("address x: missing port in address").
messages::result<host_and_port> split_host_port(std::string_view text);

// "host:port", with brackets where the host is an IPv6 address.
std::string join_host_port(std::string_view host, std::string_view port);

}  // namespace troupe::actors
