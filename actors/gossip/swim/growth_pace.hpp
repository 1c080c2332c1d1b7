// When a member whose view has just grown by push/pulls asks for the next one. Who learned much was
// far behind, and whom it learned from may be, too; so it asks soon, and again after twice as long,
// until a few exchanges in a row taught next to nothing. A pool that starts becomes whole in a
// handful of such rounds, as an epidemic does (Demers et al., PODC 1987, anti-entropy), while one
// in which nobody joins pays nothing. Ours, not memberlist's; nothing of it is on the wire.
#pragma once

#include <cstdint>

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class growth_pace {
 public:
  // The shortest wait; 0: no growth is heeded.
  explicit growth_pace(nanoseconds shortest) : shortest_(shortest) {}

  // What one push/pull taught, if it is much, is for the next ones to tell: gossip, which would be
  // busy with it for minutes, tells it only a few times, for those whom none of them reaches. So
  // often it counts as told to begin with.
  int sends_of_bulk(std::uint32_t learned, int sends_max) const;
  // A push/pull taught `learned` of the `known` members. True: the next one is due in wait(), or
  // before.
  bool grew(std::uint32_t learned, std::uint32_t known);
  // Gossip told of a member that is new among `known`. True: much was heard of since the last
  // push/pull, so there may be more; the next one is due in wait(), or before.
  bool heard(std::uint32_t known);
  // A push/pull begins. True: the next one is due in wait(), else after the usual time.
  bool goes_on(nanoseconds usual);
  nanoseconds wait() const { return wait_; }

 private:
  nanoseconds shortest_;
  std::uint32_t heard_ = 0;
  nanoseconds wait_{0};  // 0: the view does not grow
};

}  // namespace troupe::actors::gossip::swim
