#include "actors/raft/raft_options.hpp"

namespace troupe::actors::raft {

messages::result<void> raft_options::validate() const {
  using messages::errc;
  using messages::failure;
  if (self.value.empty())
    return failure{errc::bad_request, "raft: a server needs an id"};
  if (heartbeat_interval <= nanoseconds{0})
    return failure{errc::bad_request, "raft: the heartbeat interval must be positive"};
  if (election_timeout_min < 2 * heartbeat_interval)
    return failure{errc::bad_request,
                   "raft: the election timeout must be at least two heartbeat intervals"};
  if (election_timeout_max <= election_timeout_min)
    return failure{errc::bad_request, "raft: the election timeouts must be a range"};
  if (clock_drift_permille_max < 0 || clock_drift_permille_max > 200)
    return failure{errc::bad_request, "raft: the clock drift must be 0 to 200 thousandths"};
  if (entries_per_message_max == 0 || appends_in_flight_max == 0)
    return failure{errc::bad_request, "raft: a limit is zero"};
  return {};
}

// A follower's timer may run fast by the drift and ours slow by it.
nanoseconds raft_options::lease_duration() const {
  return election_timeout_min * (1000 - clock_drift_permille_max) /
         (1000 + clock_drift_permille_max);
}

}  // namespace troupe::actors::raft
