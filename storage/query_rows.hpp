// Rows of prepared queries with what hangs on them: their names, the session they are bound to,
// index and topic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/apply.hpp"

namespace troupe::storage {

// In place of `before`, which has the same id; its names are free again.
void put_query(apply_context& batch, const std::optional<messages::PreparedQuery>& before,
               const messages::PreparedQuery& row);
void erase_query(apply_context& batch, const messages::PreparedQuery& row);
void erase_queries_of_session(apply_context& batch, std::string_view session);

}  // namespace troupe::storage
