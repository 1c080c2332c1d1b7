// Strong types for the numbers and names that must not be mixed up.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace troupe::messages {

// A value of one meaning. `Tag` only tells the meanings apart.
template <class Tag, class Value>
struct named {
  Value value{};

  auto operator<=>(const named&) const = default;
};

using term = named<struct term_tag, std::uint64_t>;
// Position in the Raft log; the first entry is 1, 0 means none.
using log_index = named<struct log_index_tag, std::uint64_t>;
// The log index that last changed something a client can see.
using modify_index = named<struct modify_index_tag, std::uint64_t>;
// Id of a server in the Raft configuration: the node's UUID as text.
using server_id = named<struct server_id_tag, std::string>;

}  // namespace troupe::messages
