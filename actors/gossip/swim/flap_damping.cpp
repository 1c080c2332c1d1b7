#include "actors/gossip/swim/flap_damping.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace troupe::actors::gossip::swim {

namespace {

// A healthy member that two faulty ones accuse refutes thrice a minute at most, for a member whose
// probes fail makes one in eight intervals (Lifeguard, IV-A); one that loses 80 % of what it
// receives refutes more than ten times. Six a minute for long are too many.
constexpr double refutations_limit = 18;
constexpr double refutations_half_life_intervals = 120;
// Half of this is three in twenty minutes, of a member that was away so long each time that it was
// declared dead: the fourth death is one too many.
constexpr double returns_limit = 5;
constexpr double returns_half_life_intervals = 1200;

// So many times the mean of all members is not much yet: where everybody flaps, it is the network.
constexpr double means = 4;

// In parts of a limit.
constexpr double forgotten = 1.0 / 32;

constexpr std::int64_t first_hold_intervals = 60;
constexpr std::uint32_t doublings_max = 3;  // of holds, and halvings of what it takes
// A leap of an incarnation number is no flapping.
constexpr std::uint32_t refutations_at_once_max = 3;
constexpr std::size_t few = 16;

// The badness that begins a hold after so many others.
double needed_after(std::uint32_t holds) {
  return 1.0 / (1U << std::min(holds, doublings_max));
}

}  // namespace

void flap_damping::decay(counts& seen, time_point now) const {
  const std::chrono::duration<double> since = now - seen.at;
  const double intervals = since / std::chrono::duration<double>(probe_interval_);
  seen.refutations *= std::exp2(-intervals / refutations_half_life_intervals);
  seen.returns *= std::exp2(-intervals / returns_half_life_intervals);
  seen.at = now;
}

void flap_damping::count(counts& seen, said what, std::uint32_t refutations, time_point now) const {
  decay(seen, now);
  if (what == said::returned)
    ++seen.returns;
  else
    seen.refutations += refutations;
}

double flap_damping::badness(counts of_it, time_point now) const {
  decay(of_it, now);
  auto of_all = of_all_;
  decay(of_all, now);
  const double members = std::max(1U, members_);
  return of_it.refutations / std::max(refutations_limit, means * of_all.refutations / members) +
         of_it.returns / std::max(returns_limit, means * of_all.returns / members);
}

nanoseconds flap_damping::hold_of(const flaps& about) const {
  const auto doublings = std::min(about.holds == 0 ? 0 : about.holds - 1, doublings_max);
  return probe_interval_ * (first_hold_intervals << doublings);
}

bool flap_damping::is_held_out(const flaps& about, time_point now) const {
  if (!about.is_damped)
    return false;
  if (about.held_until)
    return now < *about.held_until;
  return badness(about.seen, now) >= needed_after(about.holds - 1) / 2;
}

bool flap_damping::remembers(const flaps& about, time_point now) const {
  return is_held_out(about, now) || badness(about.seen, now) >= forgotten ||
         (about.held_until && now < *about.held_until + hold_of(about));
}

bool flap_damping::is_damped(member_number about, time_point now) const {
  const auto* known = flapping_.find(about);
  return known != nullptr && is_held_out(*known, now);
}

incarnation_number flap_damping::heard_incarnation(member_number about) const {
  const auto* known = flapping_.find(about);
  return known != nullptr ? known->counted : incarnation_number{0};
}

bool flap_damping::remembers(member_number about, time_point now) const {
  const auto* known = flapping_.find(about);
  return known != nullptr && remembers(*known, now);
}

bool flap_damping::takes(const word& spoken, std::uint32_t members, time_point now) {
  const bool returns = spoken.what == said::returned;
  if (!(returns ? settings_.counts_returns : settings_.counts_refutations))
    return !is_held_out(spoken.about, now);
  members_ = members;
  if (flapping_.find(spoken.about) == nullptr)
    forget_old(now);
  auto& known = flapping_.at_or_made(spoken.about);
  if (known.is_damped && !is_held_out(known, now)) {
    // The hold is over: that it comes back only now is not held against it.
    known.is_damped = false;
    known.held_until.reset();
    known.counted = spoken.incarnation;
    --damped_;
    return true;
  }
  if (spoken.incarnation > known.counted) {
    known.counted = spoken.incarnation;
    const auto counted = std::min(spoken.refutations, refutations_at_once_max);
    count(known.seen, spoken.what, counted, now);
    count(of_all_, spoken.what, counted, now);
    if (hold(known, needed_after(known.holds), now) && returns)
      known.held_until = now + hold_of(known);
  }
  return !is_held_out(known, now);
}

bool flap_damping::hold(flaps& about, double needed, time_point now) {
  const bool is_network = (damped_ + 1) * 3 > members_;
  if (about.is_damped || is_network || badness(about.seen, now) < needed)
    return false;
  about.is_damped = true;
  ++about.holds;
  ++damped_;
  return true;
}

void flap_damping::on_dead(member_number about, std::uint32_t members, time_point now) {
  auto* known = flapping_.find(about);
  if (known == nullptr)
    return;
  members_ = members;
  // Others have begun to hold it out when they had counted a little more: half is enough, so that
  // all do.
  (void)hold(*known, needed_after(known->holds) / 2, now);
  if (known->is_damped && !known->held_until)
    known->held_until = now + hold_of(*known);
}

bool flap_damping::prolong(member_number about, probe_of by, time_point now) {
  auto* known = flapping_.find(about);
  if (known == nullptr || !known->held_until || !is_held_out(*known, now))
    return false;
  const auto whole = hold_of(*known);
  const auto over = whole - (*known->held_until - now);
  if (over < whole / (by == probe_of::oneself ? 2 : 4))
    return false;
  known->held_until = now + whole;
  return true;
}

void flap_damping::forget(member_number about) {
  const auto* known = flapping_.find(about);
  damped_ -= known != nullptr && known->is_damped ? 1 : 0;
  flapping_.erase(about);
}

// Now and then, so that few calls pay for it: the map stays within twice what is needed.
void flap_damping::forget_old(time_point now) {
  if (flapping_.size() < std::max(few, sweep_at_))
    return;
  std::vector<member_number> over;
  flapping_.for_each([&](member_number about, const flaps& each) {
    if (!remembers(each, now))
      over.push_back(about);
  });
  for (const auto about : over)
    forget(about);
  sweep_at_ = 2 * flapping_.size();
}

}  // namespace troupe::actors::gossip::swim
