// What is decided by the request line alone: paths, redirects, unknown routes, methods. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/api_request.hpp"
#include "gateway/http/api_response.hpp"
#include "gateway/http/gateway_options.hpp"
#include "gateway/http/routes.hpp"

namespace troupe::gateway {

struct admission {
  std::optional<api_response> refused;  // or redirected, or answered
  route_handler run = nullptr;          // without it and `refused`: the web page
  const route* found = nullptr;         // with `run`
};

// Fills the request's path, tail and query.
admission admit(api_request& request, const gateway_options& options);

// 413 for a body; the text is Consul's.
api_response body_too_large(const api_request& request, std::size_t bytes, std::size_t bytes_max);

}  // namespace troupe::gateway
