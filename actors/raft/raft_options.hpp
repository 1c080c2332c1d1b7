// Settings of the protocol and what it says of itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "actors/raft/cached_log.hpp"
#include "messages/ids.hpp"
#include "messages/limits.hpp"
#include "messages/raft.pb.h"
#include "messages/result.hpp"

namespace troupe::actors::raft {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;
using prng = std::mt19937_64;

struct raft_options {
  messages::server_id self;
  // The servers as long as the log says nothing of them: what the state machine recorded last, or,
  // for the first start, the same list on every one of these servers.
  messages::RaftConfiguration configuration;
  messages::log_index configuration_index;  // the entry that set it; 0: the first start's
  // What the state machine has applied already, and so is committed.
  messages::log_index applied_index;

  nanoseconds heartbeat_interval = std::chrono::milliseconds{100};
  nanoseconds election_timeout_min = std::chrono::milliseconds{1000};  // drawn anew every time
  nanoseconds election_timeout_max = std::chrono::milliseconds{2000};
  // No two servers' clocks run apart by more than this many thousandths of the time that passes.
  int clock_drift_permille_max = 50;

  std::size_t entries_per_message_max = messages::limits::raft_entries_per_message_max;
  std::size_t bytes_per_message_max = messages::limits::raft_bytes_per_message_max;
  std::size_t appends_in_flight_max = messages::limits::raft_appends_in_flight_max;
  std::size_t reads_waiting_max = messages::limits::raft_reads_waiting_max;
  log_cache_options cache = {.entries_max = messages::limits::raft_cache_entries_max,
                             .bytes_max = messages::limits::raft_cache_bytes_max};

  messages::result<void> validate() const;
  // How long a quorum's echo keeps others from being elected, on the leader's clock (6.4.1).
  nanoseconds lease_duration() const;
};

enum class role_name : std::uint8_t { follower, candidate, leader };

struct raft_status {
  role_name role = role_name::follower;
  messages::term term;
  std::optional<messages::server_id> leader;
  log_position last;
  messages::log_index commit_index;
  messages::log_index durable_index;
};

// Messages that were not acted upon, by reason. For the metrics; only grow.
struct ignored_counters {
  std::uint64_t not_for_us = 0;           // another server's id in `to`
  std::uint64_t unknown_sender = 0;       // answers of servers outside of the configuration
  std::uint64_t stale = 0;                // answers of a past term or overtaken by later ones
  std::uint64_t leader_alive = 0;         // votes withheld because a leader was heard of (4.2.3)
  std::uint64_t snapshot = 0;             // pieces that were overtaken, or came while one is stored
  std::uint64_t leadership_transfer = 0;  // to a server whose log is not the leader's (3.10)
  std::uint64_t malformed = 0;
};

}  // namespace troupe::actors::raft
