// Autopilot's configuration: one record, written by the first leader and changed by operators.
#include "storage/apply.hpp"

namespace troupe::storage {

messages::CommandResult apply_autopilot(apply_context& batch,
                                        messages::AutopilotConfigurationSet command) {
  const auto current = batch.txn().get<autopilot_table>("current");
  if (command.only_first() && current)
    return done(false);
  if (command.cas() && (!current || current->modify_index() != command.modify_index()))
    return done(false);
  auto& row = *command.mutable_configuration();
  row.set_create_index(current ? current->create_index() : batch.log_index());
  row.set_modify_index(batch.log_index());
  batch.txn().put<autopilot_table>("current", row);
  batch.bump(index_names::autopilot);
  batch.touch(topics::autopilot);
  return done();
}

}  // namespace troupe::storage
