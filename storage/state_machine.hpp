// The replicated state: what the committed log amounts to. Applies entries in order, one
// transaction a batch, and is the only writer of state/. Decides nothing: equal entries give equal
// states and equal results on every server.
//
// state/ is not synced at every commit, for it follows from the log. It is believed as long as the
// machine has not gone down under it (the same boot id, or a clean close); else it is made anew
// from the newest snapshot that is whole, and Raft applies the committed entries after applied().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "messages/command.pb.h"
#include "messages/limits.hpp"
#include "storage/change_set.hpp"
#include "storage/data_directory.hpp"
#include "storage/entry_list.hpp"
#include "storage/raft_log.hpp"
#include "storage/snapshot.hpp"

namespace troupe::storage {

// The newest LogEntry.format that this version understands.
inline constexpr std::uint32_t log_entry_format = 0;

struct state_machine_options {
  // Differs whenever the machine was started anew: /proc/sys/kernel/random/boot_id. Not empty.
  std::string boot_id;
  std::size_t map_bytes = messages::limits::state_map_bytes;
};

// What open() did, for a line in the server's log.
struct opening_report {
  bool rebuilt = false;        // state/ was not believed
  log_position restored_from;  // with rebuilt: the snapshot taken; 0: none, all of the log follows
  std::vector<std::string> rejected;  // files that are damaged, each with why
};

struct applied_batch {
  std::vector<messages::CommandResult>
      results;  // one an entry; for other kinds only the index is set
  change_set changes;
};

class state_machine {
 public:
  // `log` is this server's, open. Fails with errc::corrupt if log and state cannot belong together:
  // the log ends before what was applied, or was cut beyond the newest snapshot.
  static messages::result<std::unique_ptr<state_machine>> open(
      const data_directory& directory, const log_view& log, const state_machine_options& options);
  // Closes cleanly: the state is synced, so that the next start believes it.
  ~state_machine();
  state_machine(const state_machine&) = delete;
  state_machine& operator=(const state_machine&) = delete;

  // Entries are committed and follow on applied(). A failure leaves the state as it was; the server
  // cannot go on: errc::corrupt for an entry that this version does not understand, errc::io.
  messages::result<applied_batch> apply(entry_list entries);

  log_position applied() const { return applied_; }
  const opening_report& report() const { return report_; }
  // The newest configuration entry applied, and its index (0: none).
  messages::RaftConfiguration configuration() const { return configuration_; }
  messages::log_index configuration_index() const { return configuration_index_; }

  // A durable snapshot of what is applied; the log may then be cut up to its position.
  messages::result<snapshot_file> take_snapshot() const;
  // Takes the place of the whole state. The order that survives a crash: snapshots().adopt(), then
  // raft_log::reset_to(), then this.
  messages::result<change_set> restore(const snapshot_file& snapshot);

  const snapshot_store& snapshots() const { return snapshots_; }
  // For read transactions, from any thread.
  const environment& state() const { return *env_; }

 private:
  state_machine(const data_directory& directory, snapshot_store snapshots)
      : marker_(directory.state_marker()), snapshots_(std::move(snapshots)) {}

  messages::result<void> open_state(const data_directory& directory,
                                    const state_machine_options& options);
  messages::result<void> open_environment(const data_directory& directory,
                                          const state_machine_options& options);
  messages::result<void> discard_state(const data_directory& directory);
  messages::result<void> rebuild();
  messages::result<void> match_with(const log_view& log);
  messages::result<void> load(const snapshot_file& snapshot);
  messages::result<void> read_meta();

  std::filesystem::path marker_;
  snapshot_store snapshots_;
  std::unique_ptr<environment> env_;
  log_position applied_;
  messages::RaftConfiguration configuration_;
  messages::log_index configuration_index_;
  opening_report report_;
  bool sound_ = false;  // open, and no write has failed: a clean close may say so
};

}  // namespace troupe::storage
