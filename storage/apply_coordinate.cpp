// What agents say of where they are. Those of nodes that are not in the catalog are passed over:
// the node may have gone while its coordinate was on its way.
#include "storage/catalog_rows.hpp"

namespace troupe::storage {

messages::CommandResult apply_coordinates(apply_context& batch,
                                          const messages::CoordinateUpdates& updates) {
  for (const auto& update : updates.updates()) {
    const auto node = batch.txn().get<node_table>(node_table::key(update.node()));
    if (!node)
      continue;
    auto row = update;
    row.set_node(node->node());
    put_coordinate(batch, row);
  }
  return done();
}

}  // namespace troupe::storage
