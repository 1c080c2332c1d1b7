// The key/value store's commands. An equal write keeps its modify index and wakes nobody; a delete
// leaves a tombstone, so that the index of a prefix never falls back.
#include <vector>

#include "messages/go_quote.hpp"
#include "storage/kv_rows.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::KvEntry;
using messages::KvWrite;

namespace {

// A plain write keeps the holder of a lock and zeroes its count.
void set(apply_context& batch, const std::optional<KvEntry>& existing, const KvEntry& entry) {
  KvEntry wanted = entry;
  wanted.set_lock_index(0);
  wanted.set_session(existing ? existing->session() : std::string());
  put_kv(batch, existing, std::move(wanted));
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
  erase_kv(batch, *existing);
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
  put_kv(batch, existing, std::move(wanted));
  return done();
}

// One tombstone stands for the whole tree. The whole store needs none: its own index has moved.
CommandResult delete_tree(apply_context& batch, std::string_view prefix) {
  struct doomed {
    std::string key;
    std::string session;
  };
  std::vector<doomed> entries;
  for (auto rows = batch.txn().scan<kv_table>(prefix); rows.next();)
    entries.push_back({std::string(rows.key()), rows.value().session()});
  if (entries.empty())
    return done();
  const bool name_each = entries.size() <= kv_topics_per_tree_max;
  for (const auto& [key, session] : entries) {
    batch.txn().erase<kv_table>(key);
    if (!session.empty())
      batch.txn().erase<kv_by_session_table>(kv_by_session_table::key(session, key));
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

// Whether a lock delay stands against it was decided before the log, on the leader's clock.
CommandResult lock(apply_context& batch, const std::optional<KvEntry>& existing,
                   const KvEntry& entry) {
  if (entry.session().empty())
    return refused("missing session");
  if (!batch.txn().contains<session_table>(session_table::key(entry.session())))
    return refused("invalid session " + messages::go_quote(entry.session()));
  KvEntry wanted = entry;
  if (existing && !existing->session().empty()) {
    if (existing->session() != entry.session())
      return done(false);
    wanted.set_lock_index(existing->lock_index());
  } else {
    wanted.set_lock_index(existing ? existing->lock_index() + 1 : 1);
  }
  put_kv(batch, existing, std::move(wanted));
  return done();
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
        erase_kv(batch, *existing);
      return done();
    case KvWrite::DELETE_CAS:
      return compare_and_delete(batch, existing, entry);
    case KvWrite::LOCK:
      return lock(batch, existing, entry);
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
