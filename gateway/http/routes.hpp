// Which handler a path and method lead to. The routes themselves: routes.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/http/api_request.hpp"

namespace troupe::gateway {

class exchange;
class gateway;

using route_handler = void (*)(gateway& self, exchange& what);

struct method_handler {
  http_method method = http_method::other;
  route_handler run = nullptr;  // none: the end of a route's list
};

struct route {
  std::string_view pattern;  // ends in a slash: every path that starts with it
  std::array<method_handler, 4> methods{};
  bool is_query = false;  // /v1/query/...: another answer to OPTIONS, another Allow

  route_handler handler(http_method method) const;
  // "OPTIONS,GET,PUT"
  std::string allowed() const;
};

// "GET"; empty for a method that no route has.
std::string_view name_of(http_method method);

// The longest pattern that fits, or none. Takes time in the path's first few parts only.
const route* find_route(std::string_view path);

// A path that lacks only its last slash to be a route ("/v1/kv").
bool lacks_slash(std::string_view path);

}  // namespace troupe::gateway
