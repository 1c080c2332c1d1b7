#include "storage/kv_rows.hpp"

namespace troupe::storage {

using messages::KvEntry;

namespace {

bool same_content(const KvEntry& a, const KvEntry& b) {
  return a.lock_index() == b.lock_index() && a.flags() == b.flags() && a.value() == b.value() &&
         a.session() == b.session();
}

}  // namespace

void put_kv(apply_context& batch, const std::optional<KvEntry>& existing, KvEntry wanted) {
  if (existing && same_content(*existing, wanted))
    return;
  auto& txn = batch.txn();
  wanted.set_create_index(existing ? existing->create_index() : batch.log_index());
  wanted.set_modify_index(batch.log_index());
  txn.put<kv_table>(kv_table::key(wanted.key()), wanted);
  const std::string held_by = existing ? existing->session() : std::string();
  if (held_by != wanted.session()) {
    if (!held_by.empty())
      txn.erase<kv_by_session_table>(kv_by_session_table::key(held_by, wanted.key()));
    if (!wanted.session().empty())
      txn.put<kv_by_session_table>(kv_by_session_table::key(wanted.session(), wanted.key()), {});
  }
  batch.bump(index_names::kv);
  batch.touch(topics::kv(wanted.key()));
}

void erase_kv(apply_context& batch, const KvEntry& existing) {
  batch.txn().erase<kv_table>(kv_table::key(existing.key()));
  if (!existing.session().empty())
    batch.txn().erase<kv_by_session_table>(
        kv_by_session_table::key(existing.session(), existing.key()));
  leave_tombstone(batch, existing.key());
  batch.bump(index_names::kv);
  batch.touch(topics::kv(existing.key()));
}

void leave_tombstone(apply_context& batch, std::string_view key) {
  batch.txn().put<kv_tombstone_table>(kv_tombstone_table::key(key), batch.log_index());
  batch.bump(index_names::tombstones);
}

}  // namespace troupe::storage
