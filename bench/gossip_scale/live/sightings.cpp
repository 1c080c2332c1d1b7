#include "bench/gossip_scale/live/sightings.hpp"

#include <algorithm>
#include <map>

namespace troupe::gossip_scale {

namespace {

// A run of hours that goes wrong must not take all memory.
constexpr std::size_t sightings_max = 10'000'000;

double seconds_between(wall_time from, wall_time to) {
  return std::chrono::duration<double>(to - from).count();
}

using mishaps_by_member = std::map<std::uint32_t, const mishap*>;

// Each observer's first word.
std::map<std::uint32_t, double> first_words(const std::vector<sighting>& seen, const mishap& of) {
  std::map<std::uint32_t, double> words;
  for (const auto& each : seen)
    if (each.is_failure && each.about == of.member && each.at >= of.begun)
      words.try_emplace(each.observer, seconds_between(of.begun, each.at));
  return words;
}

noticed_by summed_up(std::vector<double> times, std::size_t observers) {
  noticed_by made;
  made.observers = observers;
  made.told = times.size();
  if (times.empty())
    return made;
  std::sort(times.begin(), times.end());
  made.first_s = times.front();
  made.median_s = times[times.size() / 2];
  if (times.size() >= observers)
    made.all_s = times.back();
  return made;
}

void note_returns(const std::vector<sighting>& seen, const mishap& of,
                  const std::map<std::uint32_t, double>& failures, noticed& into) {
  std::map<std::uint32_t, double> back;
  for (const auto& each : seen)
    if (!each.is_failure && each.about == of.member && failures.contains(each.observer) &&
        seconds_between(of.begun, each.at) > failures.at(each.observer))
      back.insert_or_assign(each.observer, seconds_between(of.ended, each.at));
  into.back_told = back.size();
  if (back.size() < failures.size())
    return;
  for (const auto& [observer, at] : back)
    into.back_all_s = std::max(into.back_all_s, at);
}

noticed notice(const std::vector<sighting>& seen, const mishap& of,
               const mishaps_by_member& mishaps, std::uint32_t ours, std::uint32_t all) {
  noticed made;
  made.member = of.member;
  made.is_pause = of.is_pause;
  const auto words = first_words(seen, of);
  std::vector<double> by_ours;
  std::vector<double> by_serf;
  double first = -1;
  for (const auto& [observer, at] : words) {
    if (mishaps.contains(observer))
      continue;
    (observer < ours ? by_ours : by_serf).push_back(at);
    if (first < 0 || at < first) {
      first = at;
      made.first_observer = observer;
    }
  }
  const auto healthy = [&](std::uint32_t from, std::uint32_t to) {
    std::size_t count = 0;
    for (auto member = from; member < to; ++member)
      count += !mishaps.contains(member);
    return count;
  };
  made.ours = summed_up(std::move(by_ours), healthy(0, ours));
  made.serf = summed_up(std::move(by_serf), healthy(ours, all));
  if (of.is_pause)
    note_returns(seen, of, words, made);
  return made;
}

}  // namespace

void sighting_log::add(const sighting& seen) {
  const std::lock_guard lock(guard_);
  if (all_.size() >= sightings_max)
    return;
  all_.push_back(seen);
  if (!seen.is_failure)
    return;
  if (failures_.size() <= seen.about)
    failures_.resize(seen.about + 1);
  ++failures_[seen.about];
}

std::size_t sighting_log::failures_told(std::uint32_t about) const {
  const std::lock_guard lock(guard_);
  return about < failures_.size() ? failures_[about] : 0;
}

std::vector<sighting> sighting_log::all() const {
  const std::lock_guard lock(guard_);
  return all_;
}

judgement judge(const std::vector<sighting>& seen, const std::vector<mishap>& mishaps,
                std::uint32_t ours, std::uint32_t all) {
  mishaps_by_member by_member;
  for (const auto& each : mishaps)
    by_member.emplace(each.member, &each);
  judgement made;
  for (const auto& each : mishaps)
    made.mishaps.push_back(notice(seen, each, by_member, ours, all));
  for (const auto& each : seen) {
    if (!each.is_failure)
      continue;
    const auto about = by_member.find(each.about);
    if (about != by_member.end() && each.at >= about->second->begun)
      continue;
    const bool is_healthy = !by_member.contains(each.observer);
    ++(is_healthy ? made.false_positives_at_healthy : made.false_positives_at_paused);
  }
  return made;
}

}  // namespace troupe::gossip_scale
