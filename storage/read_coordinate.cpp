#include "storage/read_coordinate.hpp"

#include "storage/read_indexes.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

using messages::Coordinates;

std::uint64_t read_coordinates(const read_transaction& txn, Coordinates& out) {
  for (auto rows = txn.scan<coordinate_table>(); rows.next();)
    *out.add_coordinates() = rows.value();
  return largest_index(txn, {index_names::coordinates});
}

std::uint64_t read_node_coordinates(const read_transaction& txn, std::string_view node,
                                    Coordinates& out) {
  for (auto rows = txn.scan<coordinate_table>(coordinate_table::of_node(node)); rows.next();)
    *out.add_coordinates() = rows.value();
  return largest_index(txn, {index_names::coordinates});
}

std::optional<messages::Coordinate> find_coordinate(const read_transaction& txn,
                                                    std::string_view node) {
  auto row = txn.get<coordinate_table>(coordinate_table::key(node, {}));
  if (!row)
    return std::nullopt;
  return std::move(*row->mutable_coord());
}

}  // namespace troupe::storage
