// The network between simulated members: how long a datagram or a stream takes and whether it
// arrives.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_set>
#include <vector>

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::gossip_scale {

using actors::gossip::swim::member_number;
using actors::gossip::swim::prng;
using std::chrono::nanoseconds;

struct network_options {
  // One way: the minimum, and beyond it an exponential tail of this mean.
  nanoseconds latency_min = std::chrono::microseconds{100};
  nanoseconds latency_tail = std::chrono::microseconds{100};
  double loss = 0;  // of a datagram, everywhere; 0 to 1
};

class network_model {
 public:
  network_model(const network_options& options, std::uint32_t members)
      : options_(options), faults_(members) {}

  // -- faults ------------------------------------------------------------------

  void set_loss(double loss) { options_.loss = loss; }
  // Of what this member receives and sends, on top of the common loss.
  void set_member_loss(member_number member, double inbound, double outbound);
  // One way only.
  void cut(member_number from, member_number to) { cut_.insert(pair_of(from, to)); }
  void mend(member_number from, member_number to) { cut_.erase(pair_of(from, to)); }

  // -- journeys ----------------------------------------------------------------

  // How long a datagram takes; nothing: lost.
  std::optional<nanoseconds> datagram(member_number from, member_number to, prng& random) const;
  // How long it takes until what was written to a new stream (handshake) or to an open one has
  // arrived; a lost segment costs a retransmission. Nothing: the way is cut, or TCP gave up.
  std::optional<nanoseconds> stream(member_number from, member_number to, bool is_new,
                                    prng& random) const;

 private:
  struct member_faults {
    double loss_in = 0;
    double loss_out = 0;
  };

  static std::uint64_t pair_of(member_number from, member_number to) {
    return std::uint64_t{from.value} << 32 | to.value;
  }
  bool is_cut(member_number from, member_number to) const {
    return !cut_.empty() && cut_.contains(pair_of(from, to));
  }
  double loss_between(member_number from, member_number to) const;
  nanoseconds latency(prng& random) const;

  network_options options_;
  std::vector<member_faults> faults_;
  bool members_lose_ = false;  // some fault is set
  std::unordered_set<std::uint64_t> cut_;
};

}  // namespace troupe::gossip_scale
