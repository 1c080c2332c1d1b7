#include "gateway/http/api_request.hpp"

namespace troupe::gateway {

void api_request::clear() {
  target.clear();
  path.clear();
  tail_at = 0;
  query.clear();
  query_is_broken = false;
  token.clear();
  authorization.clear();
  accept.clear();
  cache_control.clear();
  forwarded_for.clear();
  enterprise_header.clear();
  takes_gzip = false;
  body.clear();
  body_bytes_told = 0;
  pretty = false;
}

const query_parameter* api_request::find(std::string_view name) const {
  for (const auto& each : query)
    if (each.name == name)
      return &each;
  return nullptr;
}

std::string_view api_request::value(std::string_view name) const {
  const auto* found = find(name);
  return found == nullptr ? std::string_view{} : std::string_view{found->value};
}

}  // namespace troupe::gateway
