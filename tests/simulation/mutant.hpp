// Servers that break one rule, to see that the checkers find each of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/raft/seeded_fault.hpp"

namespace troupe::simulation {

enum class mutant {
  none,
  // -- of what surrounds the core: disk, clock, answers --------------------
  forgets_its_vote,              // at a crash, and votes again as soon as it is back
  forgets_its_term,              // at a crash, with the vote
  answers_before_the_sync,       // messages that wait for the disk do not
  reads_without_a_lease,         // whoever once led answers reads
  clocks_out_of_bounds,          // drift beyond what the lease allows for
  snapshot_forgets_its_servers,  // installed, it leaves those of the first start
  // -- of the core itself ----------------------------------------------------
  commits_old_terms_by_counting,
  counts_its_lease_from_answers,
  keeps_its_lease_in_a_transfer,
  changes_servers_too_late,
  changes_servers_two_at_a_time,
};

struct known_mutant {
  mutant which;
  std::string_view name;
  std::uint64_t found_by = 1;  // where the test begins to look
  actors::raft::seeded_fault in_core = actors::raft::seeded_fault::none;
};

inline constexpr std::array known_mutants{
    known_mutant{mutant::forgets_its_vote, "forgets_its_vote", 8},
    known_mutant{mutant::forgets_its_term, "forgets_its_term", 32},
    known_mutant{mutant::answers_before_the_sync, "answers_before_the_sync", 2},
    known_mutant{mutant::reads_without_a_lease, "reads_without_a_lease", 30},
    known_mutant{mutant::clocks_out_of_bounds, "clocks_out_of_bounds", 30},
    known_mutant{mutant::snapshot_forgets_its_servers, "snapshot_forgets_its_servers", 2091},
    known_mutant{mutant::commits_old_terms_by_counting, "commits_old_terms_by_counting", 12,
                 actors::raft::seeded_fault::commits_old_terms_by_counting},
    known_mutant{mutant::counts_its_lease_from_answers, "counts_its_lease_from_answers", 14,
                 actors::raft::seeded_fault::counts_its_lease_from_answers},
    known_mutant{mutant::keeps_its_lease_in_a_transfer, "keeps_its_lease_in_a_transfer", 13,
                 actors::raft::seeded_fault::keeps_its_lease_in_a_transfer},
    known_mutant{mutant::changes_servers_too_late, "changes_servers_too_late", 738,
                 actors::raft::seeded_fault::changes_servers_too_late},
    known_mutant{mutant::changes_servers_two_at_a_time, "changes_servers_two_at_a_time", 331,
                 actors::raft::seeded_fault::changes_servers_two_at_a_time},
};

constexpr known_mutant describe(mutant which) {
  for (const auto& known : known_mutants) {
    if (known.which == which)
      return known;
  }
  return {mutant::none, "none", 1};
}

}  // namespace troupe::simulation
