#include "gateway/dns/client_rate.hpp"

#include <algorithm>
#include <string_view>

#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace {

constexpr std::size_t network_bytes = 8;
constexpr std::chrono::seconds forget_interval{1};

named_address network_of(named_address client) {
  if (client.length == 16)
    std::fill(client.bytes.begin() + network_bytes, client.bytes.end(), std::uint8_t{0});
  return client;
}

}  // namespace

std::size_t client_rate::hash::operator()(const named_address& address) const {
  return std::hash<std::string_view>()(
      {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()});
}

bool client_rate::take_from(bucket& from, time_point now) const {
  const std::chrono::duration<double> gone = now - from.filled_at;
  from.tokens = std::min<double>(burst_, from.tokens + gone.count() * per_second_);
  from.filled_at = now;
  if (from.tokens < 1)
    return false;
  from.tokens -= 1;
  return true;
}

bool client_rate::take(const named_address& client, time_point now) {
  const auto key = network_of(client);
  auto known = buckets_.find(key);
  if (known == buckets_.end()) {
    const bool is_full = buckets_.size() >= messages::limits::dns_clients_counted_max;
    // Seldom: forged addresses must not make every question cost a walk through the table.
    if (is_full && now - forgot_at_ >= forget_interval) {
      forgot_at_ = now;
      forget_full(now);
    }
    if (buckets_.size() >= messages::limits::dns_clients_counted_max)
      return take_from(shared_, now);
    known = buckets_.emplace(key, bucket{static_cast<double>(burst_), now}).first;
  }
  return take_from(known->second, now);
}

// Whoever would have a full bucket by now is as good as unknown.
void client_rate::forget_full(time_point now) {
  std::erase_if(buckets_, [&](const auto& each) {
    const std::chrono::duration<double> gone = now - each.second.filled_at;
    return each.second.tokens + gone.count() * per_second_ >= burst_;
  });
}

}  // namespace troupe::gateway::dns
