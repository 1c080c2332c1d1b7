// The order of probes (SWIM 4.3): every number of a range once a round, shuffled anew each round,
// so that a dead member waits for at most 2n - 1 turns. Instead of a shuffled list it keeps a keyed
// permutation (a Feistel network over the next power of two, numbers beyond the range skipped),
// which takes no memory a member; a number that joins the range during a round comes up at a random
// place, in this round or the next.
#pragma once

#include <cstdint>
#include <optional>

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class probe_order {
 public:
  // The next number below `numbers_end`; nothing at the end of a round, and then the next call
  // begins a new one. A range that outgrew the round's power of two ends the round.
  std::optional<member_number> next(std::uint32_t numbers_end, prng& random);

 private:
  void begin_round(std::uint32_t numbers_end, prng& random);
  std::uint32_t permuted(std::uint32_t position) const;

  std::uint32_t bits_ = 0;      // of the permutation; 0: no round yet
  std::uint32_t position_ = 0;  // next to be permuted
  std::uint64_t key_ = 0;
};

}  // namespace troupe::actors::gossip::swim
