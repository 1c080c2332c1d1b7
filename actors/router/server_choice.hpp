// Which server a client agent asks: one that was drawn, until it fails or its time is over, so that
// many clients spread over the servers. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "messages/limits.hpp"

namespace troupe::actors::router {

class server_choice {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit server_choice(std::uint64_t seed) : random_(seed) {}

  // Empty: draw one.
  const std::string& current(time_point now) {
    if (now >= kept_until_)
      chosen_.clear();
    return chosen_;
  }

  // One of these, and not the last one that failed if there is another. Empty: there is none.
  const std::string& draw(std::vector<std::string> known, time_point now) {
    if (known.size() > 1)
      std::erase(known, failed_);
    const auto drawn = random_();
    chosen_ = known.empty() ? std::string() : std::move(known[drawn % known.size()]);
    const auto interval = messages::limits::client_rebalance_interval;
    kept_until_ = now + interval + std::chrono::milliseconds(drawn >> 32) % interval;
    return chosen_;
  }

  std::uint64_t random() { return random_(); }

  void failed(const std::string& id) {
    failed_ = id;
    if (chosen_ == id)
      chosen_.clear();
  }

 private:
  std::mt19937_64 random_;
  std::string chosen_;
  std::string failed_;
  time_point kept_until_ = time_point::min();
};

}  // namespace troupe::actors::router
