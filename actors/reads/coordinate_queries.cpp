#include "actors/reads/coordinate_queries.hpp"

#include "storage/change_set.hpp"
#include "storage/read_coordinate.hpp"

namespace troupe::actors::reads {

using messages::Coordinates;
using messages::CoordinatesQuery;
using messages::NodeCoordinatesQuery;
using messages::filter::expression;
using storage::read_transaction;

std::uint64_t query<CoordinatesQuery>::run(const read_transaction& txn, const CoordinatesQuery&,
                                           const expression&, Coordinates& out) {
  return storage::read_coordinates(txn, out);
}

watch_interest query<CoordinatesQuery>::interest(const CoordinatesQuery&, const Coordinates&) {
  return {.topics = {storage::topics::coordinates}, .prefixes = {}};
}

std::uint64_t query<NodeCoordinatesQuery>::run(const read_transaction& txn,
                                               const NodeCoordinatesQuery& request,
                                               const expression&, Coordinates& out) {
  return storage::read_node_coordinates(txn, request.node(), out);
}

watch_interest query<NodeCoordinatesQuery>::interest(const NodeCoordinatesQuery& request,
                                                     const Coordinates&) {
  return {.topics = {storage::topics::coordinate(request.node())}, .prefixes = {}};
}

}  // namespace troupe::actors::reads
