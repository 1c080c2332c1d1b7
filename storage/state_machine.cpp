#include "storage/state_machine.hpp"

#include <system_error>

#include "storage/apply.hpp"
#include "storage/meta.hpp"

namespace troupe::storage {

using messages::Command;
using messages::CommandResult;
using messages::errc;
using messages::failure;
using messages::log_index;
using messages::LogEntry;
using messages::result;

namespace {

constexpr std::string_view closed_cleanly = "closed cleanly\n";

std::string running_since(const std::string& boot_id) {
  return "boot " + boot_id + "\n";
}

failure unknown_entry(const LogEntry& entry, const std::string& what) {
  return {errc::corrupt, "log entry " + std::to_string(entry.index()) + " holds " + what +
                             " that this version does not know: start a newer version"};
}

// One line a command.
result<CommandResult> apply_command(apply_context& batch, const LogEntry& entry) {
  Command command;
  if (!command.ParseFromString(entry.data()))
    return failure{errc::corrupt,
                   "log entry " + std::to_string(entry.index()) + " is no command: damaged"};
  switch (command.kind_case()) {
    case Command::kKv:
      if (!messages::KvWrite::Verb_IsValid(command.kv().verb()))
        return unknown_entry(entry, "a verb of the key/value store");
      return apply_kv(batch, command.kv());
    case Command::kRegister:
      return apply_register(batch, std::move(*command.mutable_register_()));
    case Command::kDeregister:
      return apply_deregister(batch, command.deregister());
    case Command::kAutopilot:
      return apply_autopilot(batch, std::move(*command.mutable_autopilot()));
    case Command::kCaRoot:
      return apply_ca_root(batch, std::move(*command.mutable_ca_root()));
    case Command::kReapTombstones:
      return apply_reap(batch, command.reap_tombstones());
    case Command::kSessionCreate:
      return apply_session_create(batch,
                                  std::move(*command.mutable_session_create()->mutable_session()));
    case Command::kSessionDestroy:
      return apply_session_destroy(batch, command.session_destroy().id());
    case Command::kTxn:
      if (!knows_every_verb(command.txn()))
        return unknown_entry(entry, "a verb of a transaction");
      return apply_txn(batch, command.txn());
    case Command::kCoordinates:
      return apply_coordinates(batch, command.coordinates());
    case Command::kQuerySet:
      return apply_query_set(batch, std::move(*command.mutable_query_set()));
    case Command::kQueryDelete:
      return apply_query_delete(batch, command.query_delete().id());
    case Command::KIND_NOT_SET:
      break;
  }
  return unknown_entry(entry, "a command");
}

result<CommandResult> apply_configuration(apply_context& batch, const LogEntry& entry) {
  messages::RaftConfiguration configuration;
  if (!configuration.ParseFromString(entry.data()))
    return failure{errc::corrupt,
                   "log entry " + std::to_string(entry.index()) + " is no configuration: damaged"};
  batch.txn().put<meta_table>(meta_rows::configuration, entry.data());
  batch.txn().put<meta_table>(meta_rows::configuration_index, number_key(entry.index()));
  return CommandResult();
}

result<CommandResult> apply_entry(apply_context& batch, const LogEntry& entry) {
  if (entry.format() > log_entry_format)
    return unknown_entry(entry, "a format (" + std::to_string(entry.format()) + ")");
  batch.start(entry.index());
  switch (entry.kind()) {
    case LogEntry::COMMAND:
      return apply_command(batch, entry);
    case LogEntry::NOOP:
      return CommandResult();
    case LogEntry::CONFIGURATION:
      return apply_configuration(batch, entry);
    default:
      return unknown_entry(entry, "a kind of entry");
  }
}

}  // namespace

// -- opening -----------------------------------------------------------------------

result<std::unique_ptr<state_machine>> state_machine::open(const data_directory& directory,
                                                           const log_view& log,
                                                           const state_machine_options& options) {
  messages::ensure(!options.boot_id.empty());
  auto snapshots = snapshot_store::open(directory);
  if (!snapshots)
    return snapshots.error();
  if (auto settled = snapshots->settle(log.snapshot_index()); !settled)
    return settled.error();
  std::unique_ptr<state_machine> machine(new state_machine(directory, std::move(*snapshots)));
  if (auto opened = machine->open_state(directory, options); !opened)
    return opened.error();
  if (auto matched = machine->match_with(log); !matched)
    return matched.error();
  // From here on commits are not synced: only this boot may believe them.
  if (auto marked = write_durably(machine->marker_, running_since(options.boot_id)); !marked)
    return marked.error();
  machine->sound_ = true;
  return machine;
}

// A damaged state is as good as none: it can be made anew.
result<void> state_machine::open_state(const data_directory& directory,
                                       const state_machine_options& options) {
  const auto marker = read_small_file(marker_);
  std::error_code error;
  if ((marker == closed_cleanly || marker == running_since(options.boot_id)) &&
      std::filesystem::exists(directory.state() / "data.mdb", error)) {
    auto opened = open_environment(directory, options);
    if (opened)
      opened = read_meta();
    if (opened || opened.error().code != errc::corrupt)
      return opened;
    report_.rejected.push_back(opened.error().detail);
    env_.reset();
  }
  if (auto discarded = discard_state(directory); !discarded)
    return discarded;
  if (auto opened = open_environment(directory, options); !opened)
    return opened;
  return rebuild();
}

result<void> state_machine::open_environment(const data_directory& directory,
                                             const state_machine_options& options) {
  auto env = environment::open({.path = directory.state(),
                                .map_bytes = options.map_bytes,
                                .sync = durability::process_only,
                                .tables = state_tables});
  if (!env)
    return env.error();
  env_ = std::move(*env);
  return {};
}

// The marker goes first: a start that is cut short half way is not believed either.
result<void> state_machine::discard_state(const data_directory& directory) {
  std::error_code error;
  std::filesystem::remove(marker_, error);
  if (error)
    return file_failure(error.value(), "removing", marker_);
  if (auto synced = sync_directory(directory.path()); !synced)
    return synced;
  std::filesystem::remove_all(directory.state(), error);
  if (error)
    return file_failure(error.value(), "removing", directory.state());
  return {};
}

result<void> state_machine::rebuild() {
  report_.rebuilt = true;
  if (const auto snapshot = snapshots_.newest_valid(report_.rejected)) {
    report_.restored_from = snapshot->position;
    return load(*snapshot);
  }
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  txn->put<meta_table>(meta_rows::format, number_key(state_format));
  write_applied(*txn, {});
  if (auto committed = txn->commit(); !committed)
    return committed.error();
  return read_meta();
}

// A snapshot that was adopted but not yet restored when the process ended stands before the cut: it
// is restored now.
result<void> state_machine::match_with(const log_view& log) {
  const auto cut = log.snapshot_index();
  if (applied_.index < cut) {
    const auto snapshot = snapshots_.newest_valid(report_.rejected);
    if (!snapshot || snapshot->position.index < cut) {
      std::string why = "the Raft log begins after entry " + std::to_string(cut.value) +
                        ", but no whole snapshot reaches so far";
      for (const auto& rejected : report_.rejected)
        why += "; " + rejected;
      return failure{errc::corrupt, why};
    }
    report_.rebuilt = true;
    report_.restored_from = snapshot->position;
    if (auto loaded = load(*snapshot); !loaded)
      return loaded.error();
  }
  if (applied_.index > log.last_index())
    return failure{errc::corrupt, "the state has applied entry " +
                                      std::to_string(applied_.index.value) +
                                      ", but the Raft log ends at " +
                                      std::to_string(log.last_index().value) + ": it was lost"};
  const auto in_log = log.term_at(applied_.index);
  if (in_log && *in_log != applied_.term)
    return failure{errc::corrupt, "the state and the Raft log differ at entry " +
                                      std::to_string(applied_.index.value) +
                                      ": they are not of one server"};
  return {};
}

result<void> state_machine::load(const snapshot_file& snapshot) {
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  if (auto loaded = load_snapshot(snapshot.path, *txn); !loaded)
    return loaded.error();
  if (auto committed = txn->commit(); !committed)
    return committed.error();
  return read_meta();
}

result<void> state_machine::read_meta() {
  auto txn = read_transaction::open(*env_);
  if (!txn)
    return txn.error();
  if (auto known = check_state_format(*txn, env_->path()); !known)
    return known.error();
  applied_ = applied_position(*txn);
  configuration_index_ = {meta_number(*txn, meta_rows::configuration_index)};
  configuration_.Clear();
  const auto raw = txn->get_raw<meta_table>(meta_rows::configuration);
  if (raw && !decode_value(*raw, configuration_))
    txn->fail_damaged(meta_table::name, meta_rows::configuration);
  return txn->failed() ? result<void>(*txn->failed()) : result<void>();
}

// -- applying ------------------------------------------------------------------------

result<applied_batch> state_machine::apply(entry_list entries) {
  applied_batch out;
  if (entries.empty())
    return out;
  auto txn = write_transaction::open(*env_);
  if (!txn)
    return txn.error();
  apply_context batch(*txn, out.changes);
  out.results.reserve(entries.size());
  auto expected = applied_.index.value;
  const LogEntry* configuration = nullptr;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const LogEntry& entry = entries[i];
    messages::ensure(entry.index() == ++expected);
    auto applied = apply_entry(batch, entry);
    if (!applied)
      return std::move(applied).error();
    applied->set_index(entry.index());
    out.results.push_back(std::move(*applied));
    if (entry.kind() == LogEntry::CONFIGURATION)
      configuration = &entry;
  }
  batch.write_indexes();
  const log_position reached{{entries.back().index()}, {entries.back().term()}};
  write_applied(*txn, reached);
  if (auto committed = txn->commit(); !committed) {
    sound_ = false;
    return committed.error();
  }
  applied_ = reached;
  if (configuration != nullptr) {
    configuration_.ParseFromString(configuration->data());
    configuration_index_ = {configuration->index()};
  }
  return out;
}

// -- snapshots -----------------------------------------------------------------------

result<snapshot_file> state_machine::take_snapshot() const {
  return snapshots_.take(*env_);
}

result<change_set> state_machine::restore(const snapshot_file& snapshot) {
  const auto kept = snapshots_.promote(snapshot);
  if (!kept)
    return kept.error();
  if (auto loaded = load(*kept); !loaded) {
    sound_ = false;
    return loaded.error();
  }
  change_set changes;
  changes.touch_everything();
  return changes;
}

// Whatever fails here costs only a rebuild at the next start.
state_machine::~state_machine() {
  if (!sound_ || !env_->sync())
    return;
  env_.reset();
  [[maybe_unused]] const auto marked = write_durably(marker_, closed_cleanly);
}

}  // namespace troupe::storage
