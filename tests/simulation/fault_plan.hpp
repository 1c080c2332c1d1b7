// How bad a run's world is: drawn from the seed, so that runs differ in what they try (swarm).
#pragma once

#include <string>

#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

using namespace std::chrono_literals;

// What some plans lead to on purpose, besides all else, because chance alone hardly ever does. See
// raft_cluster_aims.cpp.
enum class plan_aim {
  none,
  old_term_on_a_majority,   // and no entry of the leader's own behind it: Ongaro's figure 3.7
  handover_to_a_successor,  // of which the leader that hands over does not hear
  slow_leader_alone,        // others are elected while it may believe in its lease
};

struct fault_plan {
  plan_aim aim = plan_aim::none;
  int servers = 3;
  int spares = 0;  // join later
  int clients = 4;
  int keys = 3;
  double reads = 0.6;         // of the clients' operations
  double swaps = 0;           // of those that are no reads: compare and swap
  double deletes = 0;         // of these
  duration think_max = 30ms;  // between two operations of a client

  double loss = 0;         // of messages
  double duplication = 0;  // of messages
  duration delay_min = 200us;
  duration delay_max = 5ms;
  double long_delay = 0;  // of messages: up to long_delay_max, so that they are overtaken
  duration long_delay_max = 800ms;

  duration disk_min = 200us;
  duration disk_max = 4ms;
  double slow_disk = 0;  // of writes: up to slow_disk_max
  duration slow_disk_max = 400ms;

  duration crash_every = 0s;     // on average; 0: never
  duration down_max = 1s;        // before the restart
  double crash_after_write = 0;  // of writes to the disk: crash as soon as it and what it holds
                                 // back are done
  double crash_after_vote = 0;   // of writes that hold a vote back: likewise, and soon up again
  duration pause_every = 0s;     // on average; 0: never. A server that stands still does not know
  duration pause_max = 1s;
  duration partition_every = 0s;  // on average; 0: never
  duration partition_max = 2s;
  double isolate_new_leader = 0;  // cut off as soon as it is elected
  int clock_drift_permille = 0;   // of each server's clock, at most, either way
  bool opposite_clocks = false;   // the first server's as slow as may be, all others' as fast

  int entries_per_message_max = 8;
  std::uint64_t snapshot_every = 0;  // entries; 0: never
  std::uint64_t trailing_entries = 5;
  std::size_t piece_bytes = 64;  // of a snapshot on its way
  duration change_every = 0s;    // of the servers, on average; 0: never
  double transfers = 0.3;        // of the changes: the leadership is handed over
  bool wipes = false;            // some servers lose their disk and come back under another name

  duration election_timeout_max = 300ms;  // the least is 150 ms
  duration client_patience = 2s;          // then the client goes on with something else

  duration faulty_for = 12s;
  duration healed_for = 6s;

  // Of sixteen seeds in a row three have an aim.
  static fault_plan from_seed(std::uint64_t seed);
  std::string text() const;
};

}  // namespace troupe::simulation
