// How bad a run's world is: drawn from the seed, so that runs differ in what they try (swarm).
#pragma once

#include <string>

#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

using namespace std::chrono_literals;

struct fault_plan {
  int servers = 3;
  int clients = 4;
  int keys = 3;
  double reads = 0.6;         // of the clients' operations
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

  duration crash_every = 0s;      // on average; 0: never
  duration down_max = 1s;         // before the restart
  double crash_after_write = 0;   // of writes to the disk: crash as soon as it and what it holds
                                  // back are done
  duration partition_every = 0s;  // on average; 0: never
  duration partition_max = 2s;
  int clock_drift_permille = 0;  // of each server's clock, at most, either way

  duration election_timeout_max = 300ms;  // the least is 150 ms
  duration client_patience = 2s;          // then the client goes on with something else

  duration faulty_for = 12s;
  duration healed_for = 6s;

  static fault_plan from_seed(std::uint64_t seed);
  std::string text() const;
};

// A fault of the server's own, put in to see that the checkers find it.
enum class mutation {
  none,
  forgets_its_vote,         // at a crash, and votes again as soon as it is back
  forgets_its_term,         // at a crash, with the vote
  answers_before_the_sync,  // messages that wait for the disk do not
  reads_without_a_lease,    // whoever once led answers reads
  clocks_out_of_bounds,     // drift beyond what the lease allows for
};

const char* to_text(mutation which);

}  // namespace troupe::simulation
