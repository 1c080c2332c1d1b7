// Encoded messages to be told to the whole pool. They never displace each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/transmit_limited_queue.hpp"
#include "messages/ids.hpp"

namespace troupe::actors::gossip::serf {

// Names a message in its queue; later ones are larger.
using payload_number = messages::named<struct payload_number_tag, std::uint32_t>;

// How often one message goes out in a pool of so many members: multiplier * ceil(log10(n + 1)).
int retransmit_limit(int multiplier, std::size_t members);

class payload_queue {
 public:
  // What is too long for any packet, 65,535 bytes, is not kept.
  payload_number push(std::string_view payload);

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
  // Not strings, which take twice as much: a large pool that starts has hundreds in each member.
  using payload_bytes = std::unique_ptr<char[]>;

  transmit_limited_queue<payload_bytes> waiting_;
};

}  // namespace troupe::actors::gossip::serf
