// The key/value store's commands. An equal write keeps its modify index and wakes nobody; a delete
// leaves a tombstone, so that the index of a prefix never falls back.
#include <vector>

#include "storage/apply.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::KvEntry;
using messages::KvWrite;

namespace {

bool same_content(const KvEntry& a, const KvEntry& b) {
  return a.lock_index() == b.lock_index() && a.flags() == b.flags() && a.value() == b.value() &&
         a.session() == b.session();
}

// `wanted` has its lock index and session decided.
void store(apply_context& batch, const std::optional<KvEntry>& existing, KvEntry wanted) {
  if (existing && same_content(*existing, wanted))
    return;
  wanted.set_create_index(existing ? existing->create_index() : batch.log_index());
  wanted.set_modify_index(batch.log_index());
  batch.txn().put<kv_table>(kv_table::key(wanted.key()), wanted);
  batch.bump(index_names::kv);
  batch.touch(topics::kv(wanted.key()));
}

// A plain write keeps the holder of a lock and zeroes its count.
void set(apply_context& batch, const std::optional<KvEntry>& existing, const KvEntry& entry) {
  KvEntry wanted = entry;
  wanted.set_lock_index(0);
  wanted.set_session(existing ? existing->session() : std::string());
  store(batch, existing, std::move(wanted));
}

void leave_tombstone(apply_context& batch, std::string_view key) {
  batch.txn().put<kv_tombstone_table>(kv_tombstone_table::key(key), batch.log_index());
  batch.bump(index_names::tombstones);
}

void remove(apply_context& batch, std::string_view key) {
  batch.txn().erase<kv_table>(kv_table::key(key));
  leave_tombstone(batch, key);
  batch.bump(index_names::kv);
  batch.touch(topics::kv(key));
}

CommandResult compare_and_set(apply_context& batch, const std::optional<KvEntry>& existing,
                              const KvEntry& entry) {
  const std::uint64_t current = existing ? existing->modify_index() : 0;
  if (entry.modify_index() != current)
    return done(false);
  set(batch, existing, entry);
  return done();
}

CommandResult compare_and_delete(apply_context& batch, const std::optional<KvEntry>& existing,
                                 const KvEntry& entry) {
  if (!existing)
    return done();
  if (existing->modify_index() != entry.modify_index())
    return done(false);
  remove(batch, entry.key());
  return done();
}

CommandResult unlock(apply_context& batch, const std::optional<KvEntry>& existing,
                     const KvEntry& entry) {
  if (entry.session().empty())
    return refused("missing session");
  if (!existing || existing->session() != entry.session())
    return done(false);
  KvEntry wanted = entry;
  wanted.set_lock_index(existing->lock_index());
  wanted.clear_session();
  store(batch, existing, std::move(wanted));
  return done();
}

// One tombstone stands for the whole tree. The whole store needs none: its own index has moved.
CommandResult delete_tree(apply_context& batch, std::string_view prefix) {
  std::vector<std::string> keys;
  for (auto rows = batch.txn().scan<kv_table>(prefix); rows.next();)
    keys.emplace_back(rows.key());
  if (keys.empty())
    return done();
  const bool name_each = keys.size() <= kv_topics_per_tree_max;
  for (const auto& key : keys) {
    batch.txn().erase<kv_table>(key);
    if (name_each)
      batch.touch(topics::kv(key));
  }
  if (!name_each)
    batch.touch_subtree(topics::kv(prefix));
  if (!prefix.empty())
    leave_tombstone(batch, prefix);
  batch.bump(index_names::kv);
  return done();
}

// No session exists yet, so none can hold a lock.
CommandResult lock(const KvEntry& entry) {
  if (entry.session().empty())
    return refused("missing session");
  return refused("invalid session \"" + entry.session() + "\"");
}

}  // namespace

CommandResult apply_kv(apply_context& batch, const KvWrite& write) {
  const KvEntry& entry = write.entry();
  if (write.verb() == KvWrite::DELETE_TREE)
    return delete_tree(batch, entry.key());
  if (entry.key().empty())
    return refused("Must provide key");
  const auto existing = batch.txn().get<kv_table>(kv_table::key(entry.key()));
  switch (write.verb()) {
    case KvWrite::SET:
      set(batch, existing, entry);
      return done();
    case KvWrite::CAS:
      return compare_and_set(batch, existing, entry);
    case KvWrite::DELETE:
      if (existing)
        remove(batch, entry.key());
      return done();
    case KvWrite::DELETE_CAS:
      return compare_and_delete(batch, existing, entry);
    case KvWrite::LOCK:
      return lock(entry);
    case KvWrite::UNLOCK:
      return unlock(batch, existing, entry);
    default:  // DELETE_TREE above; a verb of a newer version was caught by state_machine
      return refused("unknown verb of the key/value store");
  }
}

CommandResult apply_reap(apply_context& batch, const messages::ReapTombstones& reap) {
  std::vector<std::string> keys;
  for (auto rows = batch.txn().scan<kv_tombstone_table>(); rows.next();) {
    if (rows.value() <= reap.up_to_index())
      keys.emplace_back(rows.key());
  }
  for (const auto& key : keys)
    batch.txn().erase<kv_tombstone_table>(key);
  return done();
}

}  // namespace troupe::storage
