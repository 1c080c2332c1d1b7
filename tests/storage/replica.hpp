// One server's storage as a test speaks of it: commands go through the log into the state.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/raft_log.hpp"
#include "storage/read_catalog.hpp"
#include "storage/read_kv.hpp"
#include "storage/state_machine.hpp"
#include "storage/tables.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::storage::tests {

namespace m = troupe::messages;

using troupe::tests::temporary_directory;

inline m::LogEntry command_entry(std::uint64_t index, const m::Command& command,
                                 std::uint64_t term = 1) {
  m::LogEntry entry;
  entry.set_index(index);
  entry.set_term(term);
  entry.set_data(command.SerializeAsString());
  return entry;
}

inline m::Command kv(m::KvWrite::Verb verb, std::string key, std::string value = {}) {
  m::Command command;
  command.mutable_kv()->set_verb(verb);
  command.mutable_kv()->mutable_entry()->set_key(std::move(key));
  command.mutable_kv()->mutable_entry()->set_value(std::move(value));
  return command;
}
inline m::Command put(std::string key, std::string value) {
  return kv(m::KvWrite::SET, std::move(key), std::move(value));
}

struct outcome {
  m::CommandResult result;
  change_set changes;

  bool wakes(const std::string& topic) const { return changes.touches(topic); }
};

class replica {
 public:
  explicit replica(std::filesystem::path path, std::string boot = "boot-1")
      : path_(std::move(path)), boot_(std::move(boot)) {
    const auto opened = open();
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().detail);
  }

  m::result<void> open() {
    auto directory = data_directory::open(path_);
    if (!directory)
      return directory.error();
    directory_.emplace(std::move(*directory));
    auto log = raft_log::open(*directory_);
    if (!log)
      return log.error();
    log_ = std::move(*log);
    auto machine = state_machine::open(*directory_, log_->view(), {.boot_id = boot_});
    if (!machine)
      return machine.error();
    machine_ = std::move(*machine);
    return replay();
  }
  void close() {
    machine_.reset();
    log_.reset();
    directory_.reset();
  }
  void boot(std::string id) { boot_ = std::move(id); }

  // What Raft does after a start: the entries that were committed are applied again.
  m::result<void> replay() {
    const auto entries = log_->view().entries({machine_->applied().index.value + 1}, 1'000'000,
                                              std::size_t{1} << 30);
    auto applied = machine_->apply(entries);
    return applied ? m::result<void>() : m::result<void>(applied.error());
  }

  outcome run(const m::Command& command) {
    auto batch = run_all({command});
    return {batch.results.at(0), batch.changes};
  }
  applied_batch run_all(const std::vector<m::Command>& commands) {
    std::vector<m::LogEntry> entries;
    for (const auto& command : commands)
      entries.push_back(command_entry(index() + 1 + entries.size(), command));
    const auto appended = log_->append(entries);
    EXPECT_TRUE(appended) << (appended ? "" : appended.error().detail);
    auto applied = machine_->apply(entries);
    EXPECT_TRUE(applied) << (applied ? "" : applied.error().detail);
    return applied ? std::move(*applied) : applied_batch();
  }

  std::uint64_t index() const { return machine_->applied().index.value; }
  raft_log& log() { return *log_; }
  state_machine& machine() { return *machine_; }

  read_transaction read() const {
    auto txn = read_transaction::open(machine_->state());
    EXPECT_TRUE(txn);
    return std::move(*txn);
  }

  // -- shorthand ------------------------------------------------------------

  std::string value(const std::string& key) const {
    const auto found = read_kv_entry(read(), key);
    return found.entry ? found.entry->value() : "(none)";
  }
  std::uint64_t index_of(const std::string& key) const { return read_kv_entry(read(), key).index; }
  std::vector<std::string> keys(const std::string& prefix,
                                const std::string& separator = {}) const {
    google::protobuf::RepeatedPtrField<std::string> out;
    read_kv_keys(read(), prefix, separator, out);
    return {out.begin(), out.end()};
  }
  std::uint64_t prefix_index(const std::string& prefix) const {
    google::protobuf::RepeatedPtrField<m::KvEntry> out;
    return read_kv_tree(read(), prefix, out);
  }
  // Every stored row of every table, for comparing whole states.
  std::string dump() const {
    std::string all;
    const auto txn = read();
    for (std::size_t slot = 0; slot < state_tables.size(); ++slot) {
      all += std::string("== ") + state_tables[slot] + "\n";
      txn.for_each_stored(slot, [&](std::string_view key, std::string_view row) {
        all.append(key).append(" = ").append(row).append("\n");
      });
    }
    return all;
  }

 private:
  std::filesystem::path path_;
  std::string boot_;
  std::optional<data_directory> directory_;
  std::unique_ptr<raft_log> log_;
  std::unique_ptr<state_machine> machine_;
};

}  // namespace troupe::storage::tests
