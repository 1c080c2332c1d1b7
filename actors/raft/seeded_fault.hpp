// Places where the protocol can be made wrong on purpose, so that the simulation shows that its
// checkers find each of them. Only the simulation's own build of the core (TROUPE_SEEDED_FAULTS)
// has the switch; in the server's it is a constant and nothing is left of it.
#pragma once

#include <cstdint>

namespace troupe::actors::raft {

enum class seeded_fault : std::uint8_t {
  none,
  commits_old_terms_by_counting,  // against 3.6.2
  counts_its_lease_from_answers,  // not from when the message was sent: against 6.4.1
  keeps_its_lease_in_a_transfer,  // against 6.4.1
  changes_servers_too_late,       // once committed, not once in the log: against 4.1
  changes_servers_two_at_a_time,  // before the last change is committed: against 4.1
  counts_non_voters,              // against 4.2.1
};

#ifdef TROUPE_SEEDED_FAULTS
inline thread_local seeded_fault seeded = seeded_fault::none;
inline bool is_seeded(seeded_fault which) {
  return seeded == which;
}
#else
constexpr bool is_seeded(seeded_fault) {
  return false;
}
#endif

}  // namespace troupe::actors::raft
