// The core's life: construction, time, commands, output.
#include "actors/gossip/swim/swim_core.hpp"

#include <utility>

namespace troupe::actors::gossip::swim {

namespace {

nanoseconds random_part(nanoseconds whole, prng& random) {
  return whole.count() == 0 ? whole
                            : nanoseconds{static_cast<std::int64_t>(
                                  random() % static_cast<std::uint64_t>(whole.count()))};
}

// Of waiting for one's own ping.
constexpr int listening_intervals_max = 60;

// The first of due, due + interval, ... after now.
time_point next_of(time_point due, nanoseconds interval, time_point now) {
  return due > now ? due : due + interval * ((now - due) / interval + 1);
}

}  // namespace

void swim_output::clear() {
  packets.clear();
  updates.clear();
  stream_pings.clear();
  push_pulls.clear();
  held_answers_due = false;
  events.clear();
  conflicts.clear();
  leave_told = false;
}

swim_core::swim_core(std::shared_ptr<const swim_settings> settings, member_number self,
                     identity_number identity, needs what, time_point now)
    : shared_settings_(std::move(settings)),
      settings_(*shared_settings_),
      output_(what.output),
      self_(self),
      next_probe_(now + random_part(settings_.probe_interval, what.random)),
      next_gossip_(now + random_part(settings_.gossip_interval, what.random)),
      next_push_pull_(time_point::max()),
      health_(settings_.lifeguard.local_health_probe ? settings_.lifeguard.health_score_max : 0),
      ear_(settings_.lifeguard.listens_first, settings_.probe_timeout,
           listening_intervals_max * settings_.probe_interval),
      table_(what.directory, what.base),
      queue_(what.directory),
      directory_(what.directory),
      random_(what.random),
      damping_(settings_.damping, settings_.probe_interval),
      growth_(settings_.push_pull_interval.count() > 0 ? settings_.growth_interval
                                                       : nanoseconds{0}),
      storm_(settings_.join_storm_wait),
      is_welcome_(std::move(what.is_welcome)) {
  if (output_ == nullptr) {
    own_output_ = std::make_unique<swim_output>();
    output_ = own_output_.get();
  }
  if (settings_.push_pull_interval.count() > 0)
    next_push_pull_ =
        now + random_part(settings_.push_pull_interval, random_) + push_pull_interval();
  constexpr incarnation_number first{1};
  if (what.base == nullptr)
    announce_self(first, identity, now);
  else
    table_.put(self_, {member_state::alive, first, identity, now});
  note(event_kind::joined, self_, no_identity, identity);
}

swim_core::~swim_core() = default;

void swim_core::tick(time_point now) {
  listen(now);
  tick_suspicions(now);
  tick_forwards(now);
  if (!probe_held_)
    tick_probe(now);
  if (now >= next_gossip_ && !gossip_held_) {
    gossip(now);
    next_gossip_ = next_of(next_gossip_, settings_.gossip_interval, now);
  }
  if (storm_.ends(now))
    output_->held_answers_due = true;
  if (now >= next_push_pull_) {
    push_pull(now);
    next_push_pull_ = now + push_pull_interval();
    if (growth_.goes_on(push_pull_interval()))
      hasten_push_pull(now);
  }
}

time_point swim_core::next_deadline() const {
  auto due = std::min({next_push_pull_, storm_.due(), ear_.next_deadline(next_decision())});
  if (probe_held_)
    ;  // nothing of the round is due
  else if (!round_.is_running)
    due = std::min(due, next_probe_);
  else if (!round_.asked_others)
    due = std::min(due, round_.direct_due);
  if (!gossip_held_ && (!queue_.empty() || user_messages_waiting_))
    due = std::min(due, next_gossip_);
  for (const auto& each : forwards_)
    if (each.nack_due)
      return std::min(due, each.nack_at);
  return due;
}

// Gossip ticks keep their phase over a time in which there was nothing to tell.
void swim_core::align_gossip(time_point now) {
  if (now >= next_gossip_)
    next_gossip_ = next_of(next_gossip_, settings_.gossip_interval, now);
}

void swim_core::set_user_messages_waiting(bool waiting, time_point now) {
  if (waiting && !user_messages_waiting_ && queue_.empty())
    align_gossip(now);
  user_messages_waiting_ = waiting;
}

void swim_core::update_self(identity_number identity, time_point now) {
  if (leaving_)
    return;
  const auto before = table_.at(self_);
  if (before.identity() == identity)
    return;
  announce_self({before.incarnation().value + 1}, identity, now);
  note(event_kind::updated, self_, before.identity(), identity);
}

void swim_core::leave(time_point now) {
  if (leaving_)
    return;
  leaving_ = true;
  on_dead({.kind = update_kind::dead,
           .about = self_,
           .incarnation = table_.at(self_).incarnation(),
           .from = self_},
          now);
}

// Told often enough, or nobody is there to hear it.
void swim_core::note_leave_told() {
  if (!leaving_ || leave_is_told_)
    return;
  const auto& n = table_.counts();
  const bool is_alone = n.of(member_state::alive) + n.of(member_state::suspect) == 0;
  if (!is_alone && queue_.holds(self_))
    return;
  leave_is_told_ = true;
  output_->leave_told = true;
}

void swim_core::fetch() const {
  constexpr std::ptrdiff_t line = 64;
  const auto* first = reinterpret_cast<const char*>(this);
  const auto* last = reinterpret_cast<const char*>(&queue_ + 1);
  for (auto at = first; at < last; at += line)
    __builtin_prefetch(at);
}

void swim_core::fetch_parts() const {
  suspicions_.fetch();
  table_.fetch();
  queue_.fetch();
}

void swim_core::take_output(swim_output& into) {
  into.clear();
  std::swap(into, output());
}

swim_output& swim_core::output() {
  note_leave_told();
  return *output_;
}

}  // namespace troupe::actors::gossip::swim
