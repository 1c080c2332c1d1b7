#include "bench/gossip_scale/network_model.hpp"

#include <cmath>

namespace troupe::gossip_scale {

namespace {

// Linux's: the first retransmission of a handshake, and the least of an open connection. Each
// doubles.
constexpr auto handshake_retransmission = std::chrono::seconds{1};
constexpr auto segment_retransmission = std::chrono::milliseconds{200};
constexpr int retransmissions_max = 6;

double uniform(prng& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

}  // namespace

void network_model::set_member_loss(member_number member, double inbound, double outbound) {
  faults_[member.value] = {inbound, outbound};
  members_lose_ = true;
}

double network_model::loss_between(member_number from, member_number to) const {
  if (!members_lose_)
    return options_.loss;
  const double arrives =
      (1 - options_.loss) * (1 - faults_[from.value].loss_out) * (1 - faults_[to.value].loss_in);
  return 1 - arrives;
}

nanoseconds network_model::latency(prng& random) const {
  if (options_.latency_tail.count() == 0)
    return options_.latency_min;
  const double tail =
      -std::log(1 - uniform(random)) * static_cast<double>(options_.latency_tail.count());
  return options_.latency_min + nanoseconds{static_cast<std::int64_t>(tail)};
}

std::optional<nanoseconds> network_model::datagram(member_number from, member_number to,
                                                   prng& random) const {
  if (is_cut(from, to))
    return std::nullopt;
  if (const double loss = loss_between(from, to); loss > 0 && uniform(random) < loss)
    return std::nullopt;
  return latency(random);
}

std::optional<nanoseconds> network_model::stream(member_number from, member_number to, bool is_new,
                                                 prng& random) const {
  if (is_cut(from, to) || is_cut(to, from))
    return std::nullopt;
  // A segment counts as delivered once its acknowledgement is back.
  const double delivered = (1 - loss_between(from, to)) * (1 - loss_between(to, from));
  nanoseconds total{0};
  for (int leg = is_new ? 0 : 1; leg < 2; ++leg) {
    nanoseconds wait = leg == 0 ? nanoseconds{handshake_retransmission} : segment_retransmission;
    for (int tries = 0; delivered < 1 && uniform(random) >= delivered; ++tries, wait *= 2) {
      if (tries == retransmissions_max)
        return std::nullopt;
      total += wait;
    }
    total += leg == 0 ? latency(random) + latency(random) : latency(random);
  }
  return total;
}

}  // namespace troupe::gossip_scale
