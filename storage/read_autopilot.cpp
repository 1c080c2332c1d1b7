#include "storage/read_autopilot.hpp"

#include "storage/read_indexes.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

std::uint64_t read_autopilot(const read_transaction& txn, messages::AutopilotConfigurations& out) {
  if (auto current = txn.get<autopilot_table>("current"))
    *out.add_configurations() = *std::move(current);
  return largest_index(txn, {index_names::autopilot});
}

}  // namespace troupe::storage
