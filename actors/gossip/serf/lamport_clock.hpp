// A Lamport clock (Lamport 1978, "Time, Clocks, and the Ordering of Events", IR1 and IR2): counts
// what this member saw happen before.
#pragma once

#include <cstdint>
#include <limits>

#include "messages/ids.hpp"

namespace troupe::actors::gossip::serf {

// 0 is before every message.
using lamport_time = messages::named<struct lamport_time_tag, std::uint64_t>;

class lamport_clock {
 public:
  // The time the next message of this member carries.
  lamport_time now() const { return now_; }

  // Takes the time for a message and goes on.
  lamport_time take() {
    const lamport_time taken = now_;
    witness(taken);
    return taken;
  }

  // Somebody's message carried `seen`. The last representable time is not passed: a hostile message
  // cannot turn the clock back by overflow.
  void witness(lamport_time seen) {
    if (seen >= now_)
      now_.value =
          seen.value == std::numeric_limits<std::uint64_t>::max() ? seen.value : seen.value + 1;
  }

 private:
  lamport_time now_{1};
};

}  // namespace troupe::actors::gossip::serf
