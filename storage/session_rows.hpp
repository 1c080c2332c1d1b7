// Rows of sessions with everything that hangs on them: the node and the checks they depend on, the
// keys they have locked, indexes, topics. The end of a session is here, whatever brought it about.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "storage/apply.hpp"

namespace troupe::storage {

// The checks a session ends with, without repeats.
std::set<std::string> checks_of_session(const messages::Session& session);

// A new one.
void put_session(apply_context& batch, const messages::Session& row);

// Prepared queries bound to it go. Its locks are released or their keys deleted, as its behavior
// says, and may not be taken again for its lock delay. Without such a session nothing happens.
void end_session(apply_context& batch, const std::string& id);
void end_sessions_of_node(apply_context& batch, std::string_view node);
void end_sessions_of_check(apply_context& batch, std::string_view node, std::string_view check);

}  // namespace troupe::storage
