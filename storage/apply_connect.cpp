// The certificate authority's commands: the first leader makes a root, every later one finds it.
#include "storage/apply.hpp"

namespace troupe::storage {

messages::CommandResult apply_ca_root(apply_context& batch, messages::CaRootSet command) {
  if (batch.txn().contains<ca_root_table>("active"))
    return done(false);
  command.mutable_root()->set_active(true);
  command.mutable_root()->set_create_index(batch.log_index());
  command.mutable_root()->set_modify_index(batch.log_index());
  batch.txn().put<ca_root_table>("active", command);
  batch.bump(index_names::ca_roots);
  batch.touch(topics::ca_roots);
  return done();
}

}  // namespace troupe::storage
