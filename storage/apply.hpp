// What one command does to the state: what the apply_*.cpp files share. Part of state_machine;
// nobody else includes it.
//
// A command is refused before it writes anything: LMDB has one transaction for the whole batch.
// Only a Txn is taken back: it has a nested transaction and an apply_context of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "messages/command.pb.h"
#include "storage/change_set.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

// The batch being applied.
class apply_context {
 public:
  apply_context(write_transaction& txn, change_set& changes) : txn_(txn), changes_(changes) {}

  // Every command is applied under its own log index.
  void start(std::uint64_t log_index) { log_index_ = log_index; }
  std::uint64_t log_index() const { return log_index_; }

  write_transaction& txn() { return txn_; }
  void touch(std::string topic) { changes_.touch(std::move(topic)); }
  void touch_subtree(std::string prefix) { changes_.touch_subtree(std::move(prefix)); }
  void delay_locks_of(std::string key, std::chrono::nanoseconds delay) {
    changes_.lock_delays.push_back({std::move(key), delay});
  }

  // Rows of index_table; written once a batch, by write_indexes().
  void bump(const std::string& index_name) { indexes_[index_name] = log_index_; }
  void drop_index(const std::string& index_name) { indexes_[index_name] = std::nullopt; }
  // Takes over what a part of the batch bumped, which had a context of its own.
  void absorb_indexes(const apply_context& part) {
    for (const auto& [name, value] : part.indexes_)
      indexes_[name] = value;
  }
  void absorb_changes(change_set changes) { changes_.absorb(std::move(changes)); }
  void write_indexes() {
    for (const auto& [name, value] : indexes_) {
      if (value)
        txn_.put<index_table>(name, *value);
      else
        txn_.erase<index_table>(name);
    }
  }

 private:
  write_transaction& txn_;
  change_set& changes_;
  std::uint64_t log_index_ = 0;
  std::map<std::string, std::optional<std::uint64_t>> indexes_;
};

// -- the commands -----------------------------------------------------------

messages::CommandResult apply_kv(apply_context& batch, const messages::KvWrite& write);
messages::CommandResult apply_reap(apply_context& batch, const messages::ReapTombstones& reap);
messages::CommandResult apply_register(apply_context& batch, messages::RegisterRequest request);
messages::CommandResult apply_deregister(apply_context& batch,
                                         const messages::DeregisterRequest& request);
messages::CommandResult apply_autopilot(apply_context& batch,
                                        messages::AutopilotConfigurationSet command);
messages::CommandResult apply_ca_root(apply_context& batch, messages::CaRootSet command);
messages::CommandResult apply_session_create(apply_context& batch, messages::Session session);
messages::CommandResult apply_session_destroy(apply_context& batch, const std::string& id);
messages::CommandResult apply_query_set(apply_context& batch, messages::PreparedQuerySet command);
messages::CommandResult apply_query_delete(apply_context& batch, const std::string& id);
messages::CommandResult apply_coordinates(apply_context& batch,
                                          const messages::CoordinateUpdates& updates);
messages::CommandResult apply_txn(apply_context& batch, const messages::Txn& txn);
// Whether this version knows every verb of a transaction.
bool knows_every_verb(const messages::Txn& txn);

// -- their answers -------------------------------------------------------------

inline messages::CommandResult done(bool matched = true) {
  messages::CommandResult result;
  result.set_done(matched);
  return result;
}
inline messages::CommandResult refused(std::string why) {
  messages::CommandResult result;
  result.set_error(std::move(why));
  return result;
}

}  // namespace troupe::storage
