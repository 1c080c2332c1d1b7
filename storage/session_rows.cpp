#include "storage/session_rows.hpp"

#include <algorithm>
#include <vector>

#include "messages/limits.hpp"
#include "storage/kv_rows.hpp"
#include "storage/query_rows.hpp"

namespace troupe::storage {

using messages::KvEntry;
using messages::Session;

namespace {

// What follows on `prefix` in the keys of a table.
template <class Table>
std::vector<std::string> key_tails(const transaction& txn, const std::string& prefix) {
  std::vector<std::string> tails;
  for (auto rows = txn.scan<Table>(prefix); rows.next();)
    tails.emplace_back(rows.key().substr(prefix.size()));
  return tails;
}

void touch_session(apply_context& batch, const Session& row) {
  batch.bump(index_names::sessions);
  batch.touch(topics::sessions);
  batch.touch(topics::session(row.id()));
  batch.touch(topics::sessions_of_node(row.node()));
}

void give_up_lock(apply_context& batch, const Session& session, const std::string& key) {
  const auto entry = batch.txn().get<kv_table>(kv_table::key(key));
  if (!entry || entry->session() != session.id())
    return;
  if (session.behavior() == "delete") {
    erase_kv(batch, *entry);
  } else {
    KvEntry released = *entry;
    released.clear_session();
    put_kv(batch, entry, std::move(released));
  }
  const auto delay = std::min<std::chrono::nanoseconds>(
      std::chrono::nanoseconds(session.lock_delay()), messages::limits::lock_delay_max);
  if (delay > std::chrono::nanoseconds{0})
    batch.delay_locks_of(key, delay);
}

}  // namespace

std::set<std::string> checks_of_session(const Session& session) {
  std::set<std::string> checks(session.node_checks().begin(), session.node_checks().end());
  checks.insert(session.checks().begin(), session.checks().end());
  for (const auto& check : session.service_checks())
    checks.insert(check.id());
  return checks;
}

void put_session(apply_context& batch, const Session& row) {
  auto& txn = batch.txn();
  txn.put<session_table>(session_table::key(row.id()), row);
  txn.put<session_by_node_table>(session_by_node_table::key(row.node(), row.id()), {});
  for (const auto& check : checks_of_session(row))
    txn.put<session_by_check_table>(session_by_check_table::key(row.node(), check, row.id()), {});
  touch_session(batch, row);
}

void end_session(apply_context& batch, const std::string& id) {
  auto& txn = batch.txn();
  const auto session = txn.get<session_table>(session_table::key(id));
  if (!session)
    return;
  txn.erase<session_table>(session_table::key(id));
  txn.erase<session_by_node_table>(session_by_node_table::key(session->node(), id));
  for (const auto& check : checks_of_session(*session))
    txn.erase<session_by_check_table>(session_by_check_table::key(session->node(), check, id));
  for (const auto& key : key_tails<kv_by_session_table>(txn, kv_by_session_table::of_session(id)))
    give_up_lock(batch, *session, key);
  erase_queries_of_session(batch, id);
  touch_session(batch, *session);
}

void end_sessions_of_node(apply_context& batch, std::string_view node) {
  for (const auto& id :
       key_tails<session_by_node_table>(batch.txn(), session_by_node_table::of_node(node)))
    end_session(batch, id);
}

void end_sessions_of_check(apply_context& batch, std::string_view node, std::string_view check) {
  for (const auto& id : key_tails<session_by_check_table>(
           batch.txn(), session_by_check_table::of_check(node, check)))
    end_session(batch, id);
}

}  // namespace troupe::storage
