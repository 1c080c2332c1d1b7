// Whether a member is to handle a query: node names and tags against regular expressions. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip::serf {

// `filters` as they stand in a query message: each a type byte and what it demands. All must hold;
// what is broken or of an unknown type does not.
bool passes(const std::vector<std::string_view>& filters, std::string_view node_name,
            const tag_map& tags);

// The filters of a request as messages carry them. Fails with errc::bad_request if a regular
// expression is none.
messages::result<std::vector<std::string>> encode_filters(const query_filter& filter);

}  // namespace troupe::actors::gossip::serf
