// The actors of a server's agreement, put together: what a node starts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/raft/raft_options.hpp"
#include "actors/runtime/leadership.hpp"
#include "storage/data_directory.hpp"
#include "storage/raft_log.hpp"
#include "storage/state_machine.hpp"

namespace troupe::actors::raft {

// What a server keeps on disk, open. Readers of the state use machine->state() for as long as they
// hold `machine`.
struct raft_storage {
  std::shared_ptr<storage::raft_log> log;
  std::shared_ptr<storage::state_machine> machine;
};

// Opens the log and then the state that belongs to it. Fails as these do; opening_report() of the
// machine tells whether the state had to be made anew.
messages::result<raft_storage> open_raft_storage(const storage::data_directory& directory,
                                                 const storage::state_machine_options& options);

struct raft_group_needs {
  raft_storage storage;
  // `configuration`: the servers of the first start; what the state recorded since takes its place.
  raft_options options;
  std::uint64_t random_seed = 0;                         // differs from server to server
  leadership* shared = nullptr;                          // outlives the actors
  std::function<void(m::RaftMessage&&)> send_to_server;  // this and the next: see raft_peer_needs
  std::function<std::optional<raft_peer_actor>(const std::string& id)> find_server = {};
  nanoseconds hold_timeout = messages::limits::rpc_hold_timeout;
  std::uint64_t snapshot_threshold_entries = messages::limits::raft_snapshot_threshold;
  std::uint64_t trailing_entries = messages::limits::raft_trailing_logs;  // kept below a snapshot
  nanoseconds snapshot_interval_min = messages::limits::raft_snapshot_interval;
};

// Linked to each other: if one ends, all do.
struct raft_group {
  raft_servers_actor peer;
  log_writer_actor log_writer;
  state_machine_actor state_machine;
};

messages::result<raft_group> spawn_raft_group(caf::actor_system& system, raft_group_needs needs);

}  // namespace troupe::actors::raft
