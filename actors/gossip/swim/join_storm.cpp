#include "actors/gossip/swim/join_storm.hpp"

#include "messages/limits.hpp"

namespace troupe::actors::gossip::swim {

namespace {

// More joins than this within the longest wait are a storm. Fewer are answered at once: what the
// first ones miss they learn by gossip.
constexpr std::uint32_t few = 16;

}  // namespace

bool join_storm::holds(time_point now) {
  if (longest_.count() == 0)
    return false;
  if (joins_ == 0 || now - began_ > longest_) {
    began_ = now;
    joins_ = 0;
  }
  if (++joins_ <= few && waiting_ == 0)
    return false;
  if (waiting_ == 0)
    due_ = now + longest_;
  if (++waiting_ == messages::limits::gossip_held_answers_max)
    due_ = now;
  return true;
}

bool join_storm::ends(time_point now) {
  if (now < due_)
    return false;
  waiting_ = 0;
  due_ = time_point::max();
  return true;
}

}  // namespace troupe::actors::gossip::swim
