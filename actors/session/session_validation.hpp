// Whether a session's time to live is acceptable, with the texts of Consul 1.22.7. Pure.
#pragma once

#include <chrono>
#include <string>

#include "messages/result.hpp"

namespace troupe::actors::session {

// 0: it lives until something else ends it. Fails with errc::failed.
messages::result<std::chrono::nanoseconds> session_ttl(const std::string& text,
                                                       std::chrono::nanoseconds ttl_min);

}  // namespace troupe::actors::session
