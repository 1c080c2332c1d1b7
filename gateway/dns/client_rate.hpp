// How often each client may do what costs others: a token bucket an address, in a table that does
// not grow. Addresses of one IPv6 network (/64) are one client. Pure: the time comes in.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "gateway/dns/asked_name.hpp"

namespace troupe::gateway::dns {

class client_rate {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  client_rate(int per_second, int burst) : per_second_(per_second), burst_(burst) {}

  // False: not now. Once too many clients are known at the same time, new ones share one bucket.
  bool take(const named_address& client, time_point now);
  std::size_t clients() const { return buckets_.size(); }

 private:
  struct bucket {
    double tokens = 0;
    time_point filled_at;
  };
  struct hash {
    std::size_t operator()(const named_address& address) const;
  };

  bool take_from(bucket& from, time_point now) const;
  void forget_full(time_point now);

  int per_second_;
  int burst_;
  std::unordered_map<named_address, bucket, hash> buckets_;
  bucket shared_;
  time_point forgot_at_;
};

}  // namespace troupe::gateway::dns
