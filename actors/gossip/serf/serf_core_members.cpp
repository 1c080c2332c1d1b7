#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/serf/serf_core_state.hpp"
#include "actors/gossip/wire/tags.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

// Of a time that a push/pull says: no message has carried it yet.
void witness_before(lamport_clock& clock, std::uint64_t next) {
  if (next > 0)
    clock.witness(lamport_time{next - 1});
}

}  // namespace

// -- from swim_core --------------------------------------------------------

void serf_core::on_member_joined(shared_member who, time_point now) {
  state_->look_at_tags(*who);
  state_->members.on_joined(std::move(who), now);
}

void serf_core::on_member_updated(shared_member who, time_point) {
  state_->look_at_tags(*who);
  state_->members.on_updated(std::move(who));
}

void serf_core::on_member_gone(std::string_view name, time_point now) {
  state_->members.on_gone(name, now);
}

// A member whose tags do not decode has none.
void serf_core::state::look_at_tags(const swim_member& who) {
  if (!wire::are_tags(who.meta))
    ++counts.undecodable;
}

void serf_core::state::take_member_events() {
  for (member_event& event : members.take_events()) {
    const std::string& name = event.about->name;
    if (snapshot && event.kind == member_event_kind::joined)
      snapshot->on_alive(name, event.about->where);
    else if (snapshot &&
             (event.kind == member_event_kind::failed || event.kind == member_event_kind::left))
      snapshot->on_not_alive(name);
    if (event.kind == member_event_kind::reaped)
      other_places.erase(name);
    output.member_events.push_back(std::move(event));
  }
}

// -- intents -----------------------------------------------------------------

bool serf_core::state::on_leave_intent(const wire::leave_intent& intent, time_point now) {
  const lamport_time ltime{intent.ltime};
  clock.witness(ltime);
  if (intent.node == self.name && leaving == leave_phase::staying) {
    // Somebody took this member for gone, or it left in an earlier life: it is here.
    const auto* own = members.find(self.name);
    if (own != nullptr && ltime > own->status_time)
      broadcast_join(now);
    return false;
  }
  return members.take(intent, now);
}

bool serf_core::state::on_join_intent(const wire::join_intent& intent, time_point now) {
  clock.witness(lamport_time{intent.ltime});
  return members.take(intent, now);
}

void serf_core::state::broadcast_join(time_point now) {
  const wire::join_intent intent{clock.take().value, self.name};
  members.take(intent, now);
  broadcast(intent_queue, wire::encode(intent));
}

void serf_core::on_join_succeeded(time_point now) {
  state_->broadcast_join(now);
}

void serf_core::force_leave(std::string_view name, bool prune, time_point now) {
  state& s = *state_;
  const wire::leave_intent intent{s.clock.take().value, name, prune};
  s.on_leave_intent(intent, now);
  if (s.has_other_alive_members())
    s.broadcast(s.intent_queue, wire::encode(intent));
}

void serf_core::state::ask_overdue_leavers(time_point now) {
  for (const member_states::record* leaver : members.overdue_leavers(now)) {
    const wire::leave_intent intent{leaver->status_time.value + 1, leaver->name(), false};
    output.direct.push_back({leaver->facts->where, leaver->name(), wire::encode(intent)});
  }
}

bool serf_core::state::has_other_alive_members() const {
  return std::any_of(members.all().begin(), members.all().end(), [this](const auto& known) {
    return known.status == member_status::alive && known.name() != self.name;
  });
}

// -- leaving -------------------------------------------------------------------

result<void> serf_core::leave(time_point now) {
  state& s = *state_;
  if (s.leaving != leave_phase::staying)
    return failure{errc::conflict, "Leave already in progress"};
  s.leaving = leave_phase::telling;
  s.leave_due = now;
  const wire::leave_intent intent{s.clock.take().value, s.self.name, false};
  s.members.take(intent, now);
  if (s.snapshot)
    s.snapshot->on_leave();
  if (s.has_other_alive_members()) {
    s.leave_number = s.intent_queue.push(wire::encode(intent));
    s.leave_due = now + s.settings.broadcast_timeout;
  }
  s.advance_leave(now);
  return {};
}

void serf_core::state::advance_leave(time_point now) {
  if (leaving == leave_phase::staying || leaving == leave_phase::left || now < leave_due)
    return;
  if (leaving == leave_phase::telling) {
    leaving = leave_phase::leaving_swim;
    leave_due = now + settings.broadcast_timeout;
    output.leave_swim = true;
  } else if (leaving == leave_phase::leaving_swim) {
    leaving = leave_phase::propagating;  // told or not: the others will notice
    leave_due = now + settings.leave_propagate_delay;
  } else {
    leaving = leave_phase::left;
    output.left = true;
  }
}

void serf_core::on_swim_left(time_point now) {
  state& s = *state_;
  if (s.leaving != leave_phase::leaving_swim)
    return;
  s.leave_due = now;
  s.advance_leave(now);
}

// -- push/pull -------------------------------------------------------------------

void serf_core::on_push_pull_state(std::string_view bytes, merge_kind kind, time_point now) {
  state& s = *state_;
  const auto message = wire::split_serf_message(bytes);
  const bool is_state =
      message && message->type == static_cast<std::uint8_t>(wire::serf_type::push_pull_state);
  const auto theirs = is_state ? wire::decode_push_pull_state(message->body) : std::nullopt;
  if (!theirs) {
    ++s.counts.undecodable;
    return;
  }
  witness_before(s.clock, theirs->ltime);
  witness_before(s.events.clock(), theirs->event_ltime);
  witness_before(s.queries.clock(), theirs->query_ltime);
  s.merge_members(*theirs, now);
  if (kind.is_join && kind.ignore_old_events)
    s.events.ignore_before(lamport_time{theirs->event_ltime});
  s.merge_events(*theirs);
}

void serf_core::state::merge_members(const wire::push_pull_state& theirs, time_point now) {
  const std::set<std::string_view> left{theirs.left_members.begin(), theirs.left_members.end()};
  // Those who left come first: a join intent at the same time would hide that they did.
  for (const auto& [name, ltime] : theirs.status_ltimes) {
    if (left.contains(name))
      on_leave_intent({ltime + 1, name, false}, now);
  }
  for (const auto& [name, ltime] : theirs.status_ltimes) {
    if (!left.contains(name))
      on_join_intent({ltime, name}, now);
  }
}

// -- tags, and this member's name -----------------------------------------------------

result<void> serf_core::set_tags(tag_map tags) {
  std::string meta = wire::encode_tags(tags);
  if (meta.size() > limits::pool_tags_bytes_max)
    return failure{errc::too_large, fmt::format("Encoded length of tags exceeds limit of {} bytes",
                                                limits::pool_tags_bytes_max)};
  state_->own_tags = std::move(tags);
  state_->self.meta = meta;
  state_->output.update_meta = std::move(meta);
  return {};
}

void serf_core::on_name_conflict(const swim_member& known, const swim_member& other,
                                 time_point now) {
  state& s = *state_;
  s.warn(fmt::format("Name conflict for '{}' both {} and {} are claiming", known.name,
                     known.where.text(), other.where.text()));
  if (known.name != s.self.name || !s.settings.resolve_name_conflicts || s.vote)
    return;
  query_request request;
  request.name = conflict_query;
  request.payload = s.self.name;
  const auto asked = s.ask(request, query_purpose::name_conflict, now);
  if (asked)
    s.vote.emplace(*asked, name_vote{});
}

}  // namespace troupe::actors::gossip::serf
