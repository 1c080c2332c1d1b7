// What a server refuses of a prepared query before it looks at the state, with the texts of Consul
// 1.22.7. Names and sessions are the state machine's to judge. Pure.
#pragma once

#include <string_view>

#include "messages/query.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::router {

// Both fail with errc::failed.
messages::result<void> validate_query(const messages::PreparedQuerySet& command);
messages::result<void> validate_query_id(std::string_view id);

}  // namespace troupe::actors::router
