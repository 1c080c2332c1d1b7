// Virtual time and the things that happen in it, in an order that only the seed decides.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <utility>

namespace troupe::simulation {

using duration = std::chrono::nanoseconds;
using virtual_time = duration;  // since the world began
using prng = std::mt19937_64;

inline std::uint64_t below(prng& random, std::uint64_t bound) {
  return bound == 0 ? 0 : random() % bound;
}
inline bool chance(prng& random, double probability) {
  return static_cast<double>(below(random, 1'000'000)) < probability * 1e6;
}
inline duration between(prng& random, duration low, duration high) {
  return low + duration{below(random, static_cast<std::uint64_t>((high - low).count()) + 1)};
}

class virtual_world {
 public:
  explicit virtual_world(std::uint64_t seed) : random_(seed) {}

  virtual_time now() const { return now_; }
  prng& random() { return random_; }

  void after(duration delay, std::function<void()> happens) {
    events_.emplace(std::pair{now_ + delay, ++events_made_}, std::move(happens));
  }

  // Lets the next thing happen; false if there is none before `end`, and then it is `end`.
  bool step(virtual_time end) {
    if (events_.empty() || events_.begin()->first.first > end) {
      now_ = end;
      return false;
    }
    auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
    return true;
  }

 private:
  prng random_;
  virtual_time now_{0};
  std::uint64_t events_made_ = 0;  // tells apart what happens at the same moment
  std::map<std::pair<virtual_time, std::uint64_t>, std::function<void()>> events_;
};

}  // namespace troupe::simulation
