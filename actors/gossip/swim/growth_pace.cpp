#include "actors/gossip/swim/growth_pace.hpp"

#include <algorithm>

namespace troupe::actors::gossip::swim {

namespace {

// Growth by this part of the view makes the shortest wait, by less a longer one, in proportion. So
// a stream's records are paid for by new members among them.
constexpr std::uint64_t much = 4;
// The longest wait as a multiple of the shortest.
constexpr int longest = 16;
// Fewer new members than this are no bulk.
constexpr std::uint32_t few = 16;

}  // namespace

int growth_pace::sends_of_bulk(std::uint32_t learned, int sends_max) const {
  constexpr int told = 2;
  return shortest_.count() > 0 && learned >= few ? std::max(0, sends_max - told) : 0;
}

bool growth_pace::grew(std::uint32_t learned, std::uint32_t known) {
  heard_ = 0;
  const auto parts = learned * much;
  if (shortest_.count() == 0 || learned == 0 || parts * longest < known)
    return false;
  // Who knew only itself has joined: that says nothing of how much more there is.
  const auto times = learned + 1 >= known
                         ? longest / 2.0
                         : std::max(1.0, static_cast<double>(known) / static_cast<double>(parts));
  const auto wanted = std::chrono::duration_cast<nanoseconds>(shortest_ * times);
  wait_ = wait_.count() == 0 ? wanted : std::min(wait_, wanted);
  return true;
}

// Where gossip has more to tell than it can, it misses some; those it told of say how much goes on.
bool growth_pace::heard(std::uint32_t known) {
  constexpr std::uint32_t part = 64;
  constexpr int unhurried = 4;  // of the longest wait: it comes again while gossip brings more
  if (shortest_.count() == 0 || ++heard_ < std::max(few, known / part))
    return false;
  heard_ = 0;
  if (wait_.count() == 0)
    wait_ = shortest_ * longest * unhurried;
  return true;
}

bool growth_pace::goes_on(nanoseconds usual) {
  heard_ = 0;
  wait_ *= 2;
  if (wait_ > std::min(usual, shortest_ * longest))
    wait_ = nanoseconds{0};
  return wait_.count() > 0;
}

}  // namespace troupe::actors::gossip::swim
