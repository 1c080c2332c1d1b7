// Queries of network coordinates within one read transaction. Each fills the answer, sorted by
// node, and returns the index of its result, which is the table's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/coordinate.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

std::uint64_t read_coordinates(const read_transaction& txn, messages::Coordinates& out);
// One a segment.
std::uint64_t read_node_coordinates(const read_transaction& txn, std::string_view node,
                                    messages::Coordinates& out);

// Where a node is; none: not known.
std::optional<messages::Coordinate> find_coordinate(const read_transaction& txn,
                                                    std::string_view node);

}  // namespace troupe::storage
