// Messages to be told to the whole pool, each sent a bounded number of times by riding in packets
// with room left: those sent least often first, among them the largest that fits, among equals the
// newest (SWIM, Das et al. 2002, 4.1, with memberlist's choice by size). Messages never displace
// each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "messages/ids.hpp"

namespace troupe::actors::gossip::serf {

// Names a message in its queue; later ones are larger.
using payload_number = messages::named<struct payload_number_tag, std::uint64_t>;

// How often one message goes out in a pool of so many members: multiplier * ceil(log10(n + 1)).
int retransmit_limit(int multiplier, std::size_t members);

class payload_queue {
 public:
  payload_number push(std::string payload);

  // Appends the messages chosen for `room` bytes, each costing `overhead` more than its length, to
  // `out`, and counts them as sent once more; at `sends_max` they are done. Returns the room left.
  std::size_t take(std::size_t room, std::size_t overhead, int sends_max,
                   std::vector<std::string>& out);

  // Drops those sent most often until at most so many are left. Returns how many went.
  std::size_t cut_to(std::size_t size_max);

  bool holds(payload_number number) const;
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

 private:
  struct waiting {
    int sends = 0;
    std::string payload;
    payload_number number;
  };
  // What to look for: the best among those sent so often that are not longer than `room`.
  struct wanted {
    int sends = 0;
    std::size_t room = 0;
  };
  // The order of choice.
  struct by_choice {
    using is_transparent = void;
    bool operator()(const waiting& a, const waiting& b) const;
    bool operator()(const waiting& a, const wanted& b) const;
    bool operator()(const wanted& a, const waiting& b) const;
  };

  std::set<waiting, by_choice> waiting_;
  std::uint64_t last_number_ = 0;
};

}  // namespace troupe::actors::gossip::serf
