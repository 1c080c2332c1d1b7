// When the answers to push/pulls of members that are new leave. A pool that starts joins through
// one member at once: answered in turn, the first to come would learn of few and each of a number
// of its own. So, while many come, the answers wait a moment and leave together, and all learn of
// all who came. Rapid (Suresh et al., USENIX ATC 2018, 4) batches changes of the view for the same
// reason; here it is one member's answers, and nothing of it is on the wire.
#pragma once

#include <cstddef>
#include <cstdint>

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class join_storm {
 public:
  // How long answers wait at most; 0: not at all, as memberlist.
  explicit join_storm(nanoseconds longest) : longest_(longest) {}

  // A member that is new has asked. True: its answer waits for due().
  bool holds(time_point now);
  // When those that wait are to be answered; max: none waits.
  time_point due() const { return due_; }
  // True: they are to be answered now.
  bool ends(time_point now);

 private:
  const nanoseconds longest_;
  time_point began_{};       // of the time in which joins are counted
  std::uint32_t joins_ = 0;  // in it
  std::size_t waiting_ = 0;
  time_point due_ = time_point::max();
};

}  // namespace troupe::actors::gossip::swim
