// Whether a member has heard all that has come to it. One that stood still, is starved or falls
// behind finds its probes unanswered and its suspicions run out while the answers wait in its own
// socket. So before it accuses or declares dead it pings itself: what came before its own ping has
// been heard when that comes back. Ours, not memberlist's; nothing of it leaves the node. No clock:
// the caller says what time it is.
//
// An address that does not lead back to its member is found out at the start, and then nothing
// waits.
#pragma once

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class own_ear {
 public:
  // `retry`: after so long a ping is sent again. `patience`: so long a decision waits at most, for
  // then the socket itself is broken. Not `wanted`: nothing ever waits.
  own_ear(bool wanted, nanoseconds retry, nanoseconds patience)
      : wanted_(wanted), retry_(retry), patience_(patience) {}

  // Whether what was due then may be decided.
  bool has_heard_until(time_point due) const {
    return !wanted_ || state_ == state::deaf || heard_until_ >= due;
  }
  // Whether a ping to oneself is to be sent now, for what is due then (max(): nothing); told by
  // sent().
  bool wants_ping(time_point due, time_point now);
  // Of the ping that is sent; `fresh` if none is under way.
  sequence_number sequence_or(sequence_number fresh) const { return waits_ ? sequence_ : fresh; }
  void sent(sequence_number sequence, time_point now);
  // True: that was one's own ping.
  bool hears(sequence_number sequence);
  void not_sent(sequence_number sequence);
  // When to look again, for what is due then.
  time_point next_deadline(time_point due) const;

 private:
  enum class state : std::uint8_t { untried, works, deaf };

  bool wanted_;
  state state_ = state::untried;
  bool waits_ = false;
  nanoseconds retry_;
  nanoseconds patience_;
  time_point heard_until_ = time_point::min();
  sequence_number sequence_;
  time_point first_sent_;
  time_point last_sent_;
};

}  // namespace troupe::actors::gossip::swim
