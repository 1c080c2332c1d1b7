#include "actors/gossip/swim/suspicion_timers.hpp"

#include <algorithm>
#include <cmath>

#include "messages/ensure.hpp"

namespace troupe::actors::gossip::swim {

using messages::ensure;

nanoseconds suspicion_length(const suspicion_term& term, int confirmations) {
  if (term.confirmations_wanted < 1)
    return term.min;
  const std::chrono::duration<double> min = term.min;
  const std::chrono::duration<double> max = term.max;
  const double part = std::log(confirmations + 1.0) / std::log(term.confirmations_wanted + 1.0);
  const auto raw = max - part * (max - min);
  const auto cut = std::chrono::milliseconds{static_cast<std::int64_t>(
      std::floor(std::chrono::duration<double, std::milli>(raw).count()))};
  return std::max<nanoseconds>(cut, term.min);
}

nanoseconds suspicion_min(double multiplier, std::uint32_t members, nanoseconds probe_interval) {
  const double scale = std::max(1.0, std::log10(std::max(1.0, static_cast<double>(members))));
  const double thousandths = std::floor(scale * 1000);
  return nanoseconds{static_cast<std::int64_t>(multiplier * thousandths *
                                               static_cast<double>(probe_interval.count()) / 1000)};
}

void suspicion_timers::start(member_number about, member_number from, const suspicion_term& term,
                             time_point now) {
  ensure(!is_running(about));
  ensure(term.confirmations_wanted <= confirmations_max);
  auto& made = running_.at_or_made(about);
  made.started = now;
  made.term = term;
  made.witnesses[0] = from;
  made.ends = now + suspicion_length(term, 0);
  schedule(about, made.ends);
}

bool suspicion_timers::confirm(member_number about, member_number from) {
  auto* running = running_.find(about);
  if (running == nullptr || running->confirmations >= running->term.confirmations_wanted)
    return false;
  const auto counted = running->witnesses.begin() + 1 + running->confirmations;
  if (std::find(running->witnesses.begin(), counted, from) != counted)
    return false;
  *counted = from;
  ++running->confirmations;
  running->ends = running->started + suspicion_length(running->term, running->confirmations);
  schedule(about, running->ends);
  return true;
}

void suspicion_timers::cancel(member_number about) {
  running_.erase(about);
  drop_stale();
}

member_number suspicion_timers::take_due(time_point now) {
  while (!due_.empty() && due_.front().at <= now) {
    const auto item = due_.front();
    std::pop_heap(due_.begin(), due_.end());
    due_.pop_back();
    if (!is_current(item))
      continue;
    running_.erase(item.about);
    return item.about;
  }
  return no_member;
}

void suspicion_timers::schedule(member_number about, time_point at) {
  due_.push_back({at, about});
  std::push_heap(due_.begin(), due_.end());
}

bool suspicion_timers::is_current(const due& item) const {
  const auto* running = running_.find(item.about);
  return running != nullptr && running->ends == item.at;
}

void suspicion_timers::drop_stale() {
  constexpr std::size_t few = 16;
  if (due_.size() < few + 2 * running_.size())
    return;
  std::erase_if(due_, [this](const due& item) { return !is_current(item); });
  std::make_heap(due_.begin(), due_.end());
}

}  // namespace troupe::actors::gossip::swim
