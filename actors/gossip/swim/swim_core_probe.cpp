// Probes: SWIM 3.1 with Lifeguard's local health and the fallback over a stream.
#include <utility>

#include "actors/gossip/swim/encoded_size.hpp"
#include "actors/gossip/swim/swim_core.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::swim {

namespace {

// What a member must understand (its protocol's max).
constexpr std::uint8_t stream_ping_protocol = 3;
constexpr std::uint8_t nack_protocol = 4;

}  // namespace

nanoseconds swim_core::stretched(nanoseconds base) const {
  return base * (health_.score() + 1);
}

// -- the one who probes ----------------------------------------------------------

// When the next suspicion or round would end in a death or an accusation.
time_point swim_core::next_decision() const {
  const bool may_fail = round_.is_running && round_.asked_others && !probe_held_;
  return std::min(suspicions_.next_due(), may_fail ? round_.round_due : time_point::max());
}

void swim_core::listen(time_point now) {
  if (!ear_.wants_ping(next_decision(), now))
    return;
  const auto own = address_of(self_);
  const auto sequence = ear_.sequence_or({sequence_.value + 1});
  sequence_ = {std::max(sequence_.value, sequence.value)};
  ear_.sent(sequence, now);
  ++counters_.own_pings;
  auto& made = output_->packets.emplace_back();  // nothing rides along
  made.to = own;
  made.primary = ping{sequence, self_, own};
}

void swim_core::tick_probe(time_point now) {
  if (round_.is_running && !round_.asked_others && now >= round_.direct_due)
    ask_others();
  if (round_.is_running && now >= round_.round_due && ear_.has_heard_until(round_.round_due))
    finish_probe(now);
  if (round_.is_running || now < next_probe_)
    return;
  // Turns missed during a long round are skipped, but for one that starts at once.
  next_probe_ += settings_.probe_interval * ((now - next_probe_) / settings_.probe_interval + 1);
  if (const auto target = next_to_probe(now))
    start_probe(*target, now);
}

std::optional<member_number> swim_core::next_to_probe(time_point now) {
  if (table_.counts().known() <= 1)
    return std::nullopt;
  for (int rounds_ended = 0; rounds_ended < 2;) {
    const auto next = order_.next(table_.numbers_end(), random_);
    if (!next) {
      ++rounds_ended;
      forget_old_dead(now);
      continue;
    }
    if (is_to_probe(*next, now))
      return next;
  }
  return std::nullopt;
}

bool swim_core::is_to_probe(member_number member, time_point now) const {
  const auto state = table_.at(member).state();
  if (state == member_state::dead)
    return damping_.is_held_out(member, now);
  return member != self_ && (state == member_state::alive || state == member_state::suspect);
}

void swim_core::start_probe(member_number target, time_point now) {
  ++counters_.probes;
  const auto& record = table_.at(target);
  const auto timeout = settings_.lifeguard.stretches_probe_timeout
                           ? stretched(settings_.probe_timeout)
                           : settings_.probe_timeout;
  round_ = {.sequence = {++sequence_.value},
            .target = target,
            .known = record.incarnation(),
            .is_running = true,
            .is_of_held_out = record.is_gone(),
            .sent = now,
            .direct_due = now + timeout,
            .round_due = now + stretched(settings_.probe_interval)};
  send_ping();
}

// Who is suspected hears of it with the ping: Lifeguard's buddy system (IV-C).
void swim_core::send_ping() {
  const auto to = address_of(round_.target);
  const ping message{round_.sequence, round_.target, address_of(self_)};
  if (!settings_.lifeguard.buddy_system ||
      table_.at(round_.target).state() != member_state::suspect)
    return send(to, message, bytes_of_ping(message));
  send_with_news(to, message, bytes_of_ping(message),
                 {.kind = update_kind::suspect,
                  .about = round_.target,
                  .incarnation = table_.at(round_.target).incarnation(),
                  .from = self_});
}

void swim_core::ask_others() {
  round_.asked_others = true;
  if (settings_.lifeguard.pings_again)
    send_ping();
  const auto target = address_of(round_.target);
  const auto own = address_of(self_);
  draw_members(static_cast<std::size_t>(settings_.indirect_checks),
               [this](member_number candidate, const member_record& record) {
                 return record.is_alive() && candidate != round_.target;
               });
  for (const auto helper : drawn_) {
    const auto speaks = directory_.protocol(table_.at(helper).identity()).max;
    const bool nack_wanted = settings_.lifeguard.local_health_probe && speaks >= nack_protocol;
    round_.nacks_expected += nack_wanted ? 1 : 0;
    ++counters_.indirect_pings;
    send_indirect_ping(address_of(helper), {.sequence = round_.sequence,
                                            .target = target,
                                            .reply_to = own,
                                            .nack_wanted = nack_wanted});
  }
  const auto identity = table_.at(round_.target).identity();
  if (settings_.stream_pings && identity != no_identity &&
      directory_.protocol(identity).max >= stream_ping_protocol)
    output_->stream_pings.push_back({round_.sequence, target, round_.round_due});
}

std::optional<timely_ack> swim_core::on_ack(sequence_number sequence, time_point now) {
  if (round_.is_running && sequence == round_.sequence) {
    const timely_ack timely{round_.target, now - round_.sent};
    const bool only_direct = !round_.asked_others;
    end_probe(-1);
    return only_direct ? std::optional{timely} : std::nullopt;
  }
  const auto asked = std::find_if(forwards_.begin(), forwards_.end(), [&](const forward& each) {
    return each.sequence == sequence && now < each.expires;
  });
  if (asked == forwards_.end()) {
    ++counters_.unknown;
    return std::nullopt;
  }
  const ack answer{asked->asked_sequence, false};
  const auto asker = asked->asker;
  forwards_.erase(asked);
  send(asker, answer, ack_bytes(answer.sequence.value, 0));
  return std::nullopt;
}

void swim_core::on_nack(sequence_number sequence) {
  if (round_.is_running && sequence == round_.sequence)
    ++round_.nacks;
  else
    ++counters_.unknown;
}

void swim_core::on_stream_ping_answered(sequence_number sequence) {
  // The round goes on: a packet's ack is better news.
  if (round_.is_running && sequence == round_.sequence)
    round_.stream_answered = true;
}

void swim_core::on_ping_not_sent(sequence_number sequence, bool far_side, time_point now) {
  ear_.not_sent(sequence);
  if (!round_.is_running || sequence != round_.sequence || round_.asked_others)
    return;
  if (far_side)
    round_.direct_due = now;
  else
    end_probe(0);
}

void swim_core::finish_probe(time_point now) {
  if (round_.stream_answered) {
    ++counters_.stream_rescues;
    end_probe(-1);
    return;
  }
  ++counters_.failed_probes;
  if (round_.is_of_held_out)
    return finish_probe_of_held_out(now);
  const int missed = std::max(0, round_.nacks_expected - round_.nacks);
  const bool counts_itself =
      settings_.lifeguard.failed_probe_always_counts || round_.nacks_expected == 0;
  end_probe(missed + (counts_itself ? 1 : 0));
  accuse(round_.target, round_.known, now);
}

// It says nothing of one's own health. Who is not well itself does not prolong what all heed.
void swim_core::finish_probe_of_held_out(time_point now) {
  end_probe(0);
  if (health_.score() == 0)
    prolong_hold({.kind = update_kind::dead,
                  .about = round_.target,
                  .incarnation = round_.known,
                  .from = self_},
                 now);
}

void swim_core::end_probe(int health_delta) {
  round_.is_running = false;
  health_.add(health_delta);
}

void swim_core::forget_old_dead(time_point now) {
  const auto& n = table_.counts();
  if (n.of(member_state::dead) + n.of(member_state::left) == 0)
    return;
  drawn_.clear();
  table_.for_each([&](member_number member, const member_record& record) {
    if (member != self_ && record.is_gone() &&
        now - record.changed_at() > settings_.gossip_to_the_dead_time &&
        !damping_.remembers(member, now))
      drawn_.push_back(member);
  });
  for (const auto member : drawn_) {
    note(event_kind::forgotten, member, table_.at(member).identity(), no_identity);
    queue_.drop(member);
    damping_.forget(member);
    table_.put(member, {});
  }
}

// -- the one who is asked ----------------------------------------------------------

void swim_core::on_ping(const ping& message) {
  if (message.target != no_member && message.target != self_) {
    ++counters_.unknown;
    return;
  }
  if (message.reply_to.member == self_ && ear_.hears(message.sequence))
    return;
  send(message.reply_to, ack{message.sequence, true},
       ack_bytes(message.sequence.value, ack_payload_bytes_));
}

void swim_core::on_indirect_ping(const indirect_ping& message, time_point now) {
  std::erase_if(forwards_,
                [now](const forward& each) { return !each.nack_due && each.expires <= now; });
  if (forwards_.size() >= messages::limits::gossip_forwards_max) {
    ++counters_.forwards_shed;
    return;
  }
  const auto own = address_of(self_);
  auto target = message.target;
  if (target.where.port == 0)
    target.where.port = own.where.port;
  const auto nack_after = std::chrono::duration_cast<nanoseconds>(settings_.probe_timeout *
                                                                  settings_.lifeguard.nack_after);
  forwards_.push_back({.sequence = {++sequence_.value},
                       .asked_sequence = message.sequence,
                       .asker = message.reply_to,
                       .nack_due = message.nack_wanted,
                       .nack_at = now + nack_after,
                       .expires = now + settings_.probe_timeout});
  const ping for_asker{forwards_.back().sequence, target.member, own};
  send(target, for_asker, bytes_of_ping(for_asker));
}

void swim_core::tick_forwards(time_point now) {
  for (auto& each : forwards_) {
    if (each.nack_at > now)
      break;
    if (!each.nack_due)
      continue;
    each.nack_due = false;
    send(each.asker, nack{each.asked_sequence}, nack_bytes(each.asked_sequence.value));
  }
  std::erase_if(forwards_, [now](const forward& each) { return each.expires <= now; });
}

}  // namespace troupe::actors::gossip::swim
