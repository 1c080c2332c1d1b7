#include "actors/session/session_validation.hpp"

#include "messages/go_duration.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::session {

using messages::errc;
using messages::failure;
using std::chrono::nanoseconds;

messages::result<nanoseconds> session_ttl(const std::string& text, nanoseconds ttl_min) {
  if (text.empty())
    return nanoseconds{0};
  const auto ttl = messages::parse_go_duration(text);
  if (!ttl)
    return failure{errc::failed, "Session TTL '" + text + "' invalid: " + ttl.error().detail};
  constexpr nanoseconds ttl_max = messages::limits::session_ttl_max;
  if (*ttl != nanoseconds{0} && (*ttl < ttl_min || *ttl > ttl_max))
    return failure{errc::failed, "Invalid Session TTL '" + std::to_string(ttl->count()) +
                                     "', must be between [" + messages::to_go_duration(ttl_min) +
                                     "=" + messages::to_go_duration(ttl_max) + "]"};
  return *ttl;
}

}  // namespace troupe::actors::session
