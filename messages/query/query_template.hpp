// Prepared queries that are templates: one definition for every name that begins with its own. Its
// expressions stand in the texts under Service; see interpolation.hpp. Pure.
#pragma once

#include <string_view>

#include "messages/query.pb.h"
#include "messages/result.hpp"

namespace troupe::messages::query {

// Whether it is a template that can be rendered. Fails with errc::failed and Consul's text.
result<void> check_query_template(const PreparedQuery& query);

// The query that a template means under this name. Fails with errc::failed, also if its texts would
// have more than limits::query_rendered_bytes_max bytes together.
result<PreparedQuery> render_query(const PreparedQuery& query, std::string_view name);

}  // namespace troupe::messages::query
