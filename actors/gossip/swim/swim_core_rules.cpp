// The membership rules: what alive, suspect and dead change, and what a push/pull merges.
#include <limits>

#include "actors/gossip/swim/swim_core.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::swim {

using messages::errc;
using messages::failure;
using messages::result;

void swim_core::on_update(const update& message, time_point now) {
  switch (message.kind) {
    case update_kind::alive:
      on_alive(message, now);
      return;
    case update_kind::suspect:
      on_suspect(message, now);
      return;
    case update_kind::dead:
      on_dead(message, now);
      return;
  }
}

// -- alive -----------------------------------------------------------------------

void swim_core::on_alive(const update& message, time_point now) {
  if (message.about == self_)
    return on_alive_about_self(message, now);
  const auto& held = table_.at(message.about);
  // Most of what gossip brings is known already.
  if (held.identity() == message.identity && message.incarnation <= held.incarnation())
    return;
  if (!is_acceptable(message))
    return;
  if (!held.is_known() && table_.counts().known() >= messages::limits::pool_members_max) {
    ++counters_.refused;
    return;
  }
  const auto known =
      held.is_known() ? held
                      : member_record{member_state::dead, {0}, message.identity, time_point::min()};
  const bool moves = !is_same_address(known.identity(), message.identity);
  if (moves && !may_change_address(known, now)) {
    output_->conflicts.push_back({message.about, known.identity(), message.identity});
    return;
  }
  // A new owner of an old name counts from 1 again.
  if (!moves && message.incarnation <= known.incarnation())
    return;
  if (held.is_known() && !moves && is_held_out(message, known, now)) {
    ++counters_.held_out;
    return;
  }
  take_alive(message, known, now);
}

void swim_core::on_alive_about_self(const update& message, time_point now) {
  if (leaving_ || !is_acceptable(message))
    return;
  const auto own = table_.at(self_);
  if (!is_same_address(own.identity(), message.identity)) {
    output_->conflicts.push_back({self_, own.identity(), message.identity});
    return;
  }
  if (message.incarnation < own.incarnation())
    return;
  if (message.incarnation == own.incarnation() &&
      is_same_announcement(own.identity(), message.identity))
    return;
  // What another run of this node said of itself, or somebody in its name.
  refute(message, now);
}

// Whether it flaps too much for its word to be taken.
bool swim_core::is_held_out(const update& message, const member_record& known, time_point now) {
  const bool only_changed = known.is_alive() && known.identity() != message.identity;
  if (known.state() == member_state::left || only_changed)
    return false;
  const auto what = known.state() == member_state::dead ? flap_damping::said::returned
                                                        : flap_damping::said::refuted;
  const auto refutations = message.incarnation.value - known.incarnation().value;
  const bool takes = damping_.takes({message.about, message.incarnation, what, refutations},
                                    table_.counts().known(), now);
  return !takes && !known.is_alive();
}

void swim_core::take_alive(const update& message, const member_record& known, time_point now) {
  suspicions_.cancel(message.about);
  heed_versions(message.identity);
  const bool was_known = table_.at(message.about).is_known();
  tell(message, now, was_known ? 0 : bulk_sends_);
  const auto changed_at = known.is_alive() ? known.changed_at() : now;
  table_.put(message.about,
             {member_state::alive, message.incarnation, message.identity, changed_at});
  if (!was_known && !is_merging_ && growth_.heard(table_.counts().known()))
    hasten_push_pull(now);
  if (known.is_gone()) {
    note(event_kind::joined, message.about, was_known ? known.identity() : no_identity,
         message.identity);
    return;
  }
  if (known.state() == member_state::suspect)
    note(event_kind::trusted, message.about, known.identity(), message.identity);
  if (known.identity() != message.identity &&
      directory_.identity(known.identity()).meta != directory_.identity(message.identity).meta)
    note(event_kind::updated, message.about, known.identity(), message.identity);
}

bool swim_core::is_acceptable(const update& message) {
  const auto& claimed = directory_.identity(message.identity);
  const auto& protocol = claimed.protocol;
  const bool speaks = !claimed.says_versions ||
                      (protocol.min > 0 && protocol.max > 0 && protocol.min <= protocol.max);
  if (speaks && (!is_welcome_ || is_welcome_(message.about, message.identity)))
    return true;
  ++counters_.refused;
  return false;
}

bool swim_core::is_same_address(identity_number a, identity_number b) const {
  return a == b || directory_.where(a) == directory_.where(b);
}

bool swim_core::is_same_announcement(identity_number a, identity_number b) const {
  return a == b || directory_.identity(a) == directory_.identity(b);
}

bool swim_core::may_change_address(const member_record& known, time_point now) const {
  if (known.state() == member_state::left)
    return true;
  return known.state() == member_state::dead && settings_.dead_node_reclaim_time.count() > 0 &&
         now - known.changed_at() > settings_.dead_node_reclaim_time;
}

// Whoever cannot be heard for long hears nobody, and so accuses everybody.
bool swim_core::is_of_held_out(const update& accusation, time_point now) {
  if (accusation.from == self_ || accusation.about == self_ ||
      !damping_.is_held_out(accusation.from, now))
    return false;
  ++counters_.held_out;
  return true;
}

// -- suspect -----------------------------------------------------------------------

void swim_core::on_suspect(const update& message, time_point now) {
  const auto& known = table_.at(message.about);
  if (!known.is_known()) {
    ++counters_.unknown;
    return;
  }
  if (message.incarnation < known.incarnation() || is_of_held_out(message, now))
    return;
  if (known.state() == member_state::suspect) {
    // The first few independent suspicions are told on, so that others' timers shorten, too.
    if (suspicions_.confirm(message.about, message.from))
      tell(message, now);
    return;
  }
  if (!known.is_alive())
    return;
  if (message.about == self_)
    refute(message, now);
  else
    start_suspicion(message, known.identity(), now);
}

// After a probe that failed.
void swim_core::accuse(member_number target, incarnation_number known, time_point now) {
  const update accusation{
      .kind = update_kind::suspect, .about = target, .incarnation = known, .from = self_};
  const bool is_first = table_.at(target).is_alive();
  on_suspect(accusation, now);
  const bool is_news = is_first && table_.at(target).state() == member_state::suspect;
  if (is_news && settings_.lifeguard.settles_directly)
    send_with_news(address_of(target), std::monostate{}, 0, accusation);
}

void swim_core::start_suspicion(const update& message, identity_number identity, time_point now) {
  ++counters_.suspicions;
  tell(message, now);
  table_.put(message.about, {member_state::suspect, message.incarnation, identity, now});
  const auto n = table_.counts().known();
  const auto wanted = settings_.confirmations_wanted();
  const auto min = suspicion_min(settings_.suspicion_multiplier, n, settings_.probe_interval);
  const suspicion_term term{
      .min = min,
      .max = std::chrono::duration_cast<nanoseconds>(min * settings_.suspicion_max_multiplier),
      // The accuser and the accused confirm nothing.
      .confirmations_wanted = static_cast<int>(n) - 2 < wanted ? 0 : wanted};
  suspicions_.start(message.about, message.from, term, now);
  note(event_kind::suspected, message.about, identity, identity);
}

void swim_core::tick_suspicions(time_point now) {
  const auto next = [&] {
    const bool may_decide = ear_.has_heard_until(suspicions_.next_due());
    return may_decide ? suspicions_.take_due(now) : no_member;
  };
  for (auto about = next(); about != no_member; about = next())
    on_dead({.kind = update_kind::dead,
             .about = about,
             .incarnation = table_.at(about).incarnation(),
             .from = self_},
            now);
}

// -- dead ----------------------------------------------------------------------------

void swim_core::on_dead(const update& message, time_point now) {
  const auto known = table_.at(message.about);
  if (!known.is_known()) {
    ++counters_.unknown;
    return;
  }
  const bool is_leave = message.from == message.about;
  if (!is_leave && is_of_held_out(message, now))
    return;
  if (known.state() == member_state::dead && damping_.is_held_out(message.about, now))
    return prolong_hold(message, now);
  if (message.incarnation < known.incarnation())
    return;
  if (known.is_gone())
    return;
  if (message.about == self_ && !leaving_) {
    refute(message, now);
    return;
  }
  suspicions_.cancel(message.about);
  tell(message, now);
  damping_.on_dead(message.about, table_.counts().known(), now);
  table_.put(message.about, {is_leave ? member_state::left : member_state::dead,
                             message.incarnation, known.identity(), now});
  note(is_leave ? event_kind::left : event_kind::failed, message.about, known.identity(),
       known.identity());
}

// Whoever's probe of it failed, at whatever incarnation: all hold it out until none has failed for
// a while. Who believed it once more hears that it is dead.
void swim_core::prolong_hold(const update& message, time_point now) {
  const auto by =
      message.from == self_ ? flap_damping::probe_of::oneself : flap_damping::probe_of::another;
  if (message.from == message.about || !damping_.prolong(message.about, by, now))
    return;
  auto told = message;
  told.incarnation = std::max(told.incarnation, damping_.heard_incarnation(message.about));
  tell(told, now);
}

// -- oneself ---------------------------------------------------------------------------

void swim_core::refute(const update& accusation, time_point now) {
  ++counters_.refutations;
  const auto own = table_.at(self_);
  health_.add(1);
  const auto above = std::max(own.incarnation(), accusation.incarnation);
  // Nothing is above the largest: somebody made it up, and only a new name helps.
  constexpr auto largest = std::numeric_limits<std::uint32_t>::max();
  const incarnation_number next{above.value == largest ? largest : above.value + 1};
  announce_self(next, own.identity(), now);
  const auto accuser = accusation.from;
  if (settings_.lifeguard.settles_directly && accuser != self_ && table_.at(accuser).is_known())
    send_with_news(address_of(accuser), std::monostate{}, 0,
                   {.kind = update_kind::alive,
                    .about = self_,
                    .incarnation = next,
                    .identity = own.identity()});
}

void swim_core::announce_self(incarnation_number incarnation, identity_number identity,
                              time_point now) {
  const auto own = table_.at(self_);
  heed_versions(identity);
  table_.put(self_,
             {member_state::alive, incarnation, identity, own.is_known() ? own.changed_at() : now});
  tell({.kind = update_kind::alive,
        .about = self_,
        .incarnation = incarnation,
        .identity = identity},
       now);
}

// -- push/pull ---------------------------------------------------------------------------

result<std::uint32_t> swim_core::merge(std::span<const remote_record> records, time_point now) {
  if (!versions_agree(records)) {
    ++counters_.merges_refused;
    return failure{errc::bad_request,
                   "a member speaks a protocol version that others do not understand"};
  }
  const auto learned = unknown_among(records);
  is_merging_ = true;
  bulk_sends_ = growth_.sends_of_bulk(learned, sends_max(table_.counts().known() + learned));
  for (const auto& record : records)
    merge_record(record, now);
  bulk_sends_ = 0;
  is_merging_ = false;
  if (growth_.grew(learned, table_.counts().known()))
    hasten_push_pull(now);
  return learned;
}

bool swim_core::holds_answer(std::uint32_t learned, time_point now) {
  return learned > 0 && storm_.holds(now);
}

std::uint32_t swim_core::unknown_among(std::span<const remote_record> records) const {
  std::uint32_t unknown = 0;
  for (const auto& record : records)
    unknown += record.state == member_state::alive && !table_.at(record.about).is_known();
  return unknown;
}

void swim_core::merge_record(const remote_record& record, time_point now) {
  update message{.about = record.about, .incarnation = record.incarnation};
  switch (record.state) {
    case member_state::alive:
      message.identity = record.identity;
      on_alive(message, now);
      return;
    case member_state::left:
      message.kind = update_kind::dead;
      message.from = record.about;
      on_dead(message, now);
      return;
    case member_state::dead:  // never at second hand: it may have refuted
    case member_state::suspect:
      message.kind = update_kind::suspect;
      message.from = self_;
      on_suspect(message, now);
      return;
    case member_state::unknown:
      return;
  }
}

// -- shared ------------------------------------------------------------------------------

void swim_core::tell(const update& message, time_point now, int sends) {
  if (queue_.empty() && !user_messages_waiting_)
    align_gossip(now);
  queue_.push(message, sends);
}

void swim_core::note(event_kind kind, member_number about, identity_number before,
                     identity_number after) {
  output_->events.push_back({.kind = kind,
                             .about = about,
                             .incarnation = table_.at(about).incarnation(),
                             .before = before,
                             .after = after});
}

}  // namespace troupe::actors::gossip::swim
