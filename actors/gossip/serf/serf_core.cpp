#include "actors/gossip/serf/serf_core.hpp"

#include <algorithm>
#include <utility>

#include "actors/gossip/serf/serf_core_state.hpp"
#include "actors/gossip/wire/coordinate_payload.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

std::string encode_place(const coordinate& place) {
  return wire::encode(
      wire::coordinate_payload{place.vec, place.error, place.adjustment, place.height});
}

lamport_time after(lamport_time last) {
  lamport_clock clock;
  clock.witness(last);
  return clock.now();
}

std::vector<join_target> shuffled_targets(const recovered_snapshot& recovered,
                                          std::string_view own_name, prng& random) {
  std::vector<join_target> targets;
  for (const auto& [name, where] : recovered.alive) {
    if (name != own_name)
      targets.push_back({name, where});
  }
  std::shuffle(targets.begin(), targets.end(), random);
  return targets;
}

}  // namespace

serf_core::state::state(serf_settings wanted, const swim_member& own, const needs& what,
                        time_point now)
    : settings(std::move(wanted)),
      self(own),
      own_tags(settings.tags),
      random(what.random),
      ring(what.ring),
      members(settings),
      events(after(what.recovered.event_time)),
      queries(after(what.recovered.query_time)),
      place(random),
      reap_due(now + settings.reap_interval),
      reconnect_due(now + settings.reconnect_interval),
      rejoin(shuffled_targets(what.recovered, own.name, random)),
      snapshot(settings.keeps_snapshot
                   ? std::optional<member_snapshot>(std::in_place, what.recovered,
                                                    settings.rejoin_after_leave)
                   : std::nullopt) {
  ensure(self.name == settings.node_name && validate(settings).has_value());
  self.meta = wire::encode_tags(own_tags);
  clock.witness(what.recovered.member_time);
  events.clock().witness(what.recovered.event_time);
  queries.clock().witness(what.recovered.query_time);
  if (settings.coordinates)
    place_payload = encode_place(place.own());
}

void serf_core::state::broadcast(payload_queue& queue, std::string_view payload) {
  queue.push(payload);
  const std::size_t size_max = std::max(settings.queue_depth_min, 2 * members.all().size());
  counts.dropped_broadcasts += queue.cut_to(size_max);
}

void serf_core::state::warn(std::string text) {
  if (output.warnings.size() < limits::serf_warnings_max)
    output.warnings.push_back(std::move(text));
}

serf_core::serf_core(serf_settings settings, const swim_member& self, const needs& what,
                     time_point now)
    : state_(std::make_unique<state>(std::move(settings), self, what, now)) {}

serf_core::~serf_core() = default;

void serf_core::on_ack(std::string_view name, std::string_view payload, nanoseconds rtt) {
  state& s = *state_;
  auto* latency = s.members.latency_of(name);
  if (!s.settings.coordinates || payload.empty() || latency == nullptr)
    return;
  const auto theirs = wire::decode_coordinate(payload);
  if (!theirs) {
    ++s.counts.coordinates_refused;
    return;
  }
  const coordinate other{theirs->vec, theirs->error, theirs->adjustment, theirs->height};
  if (!s.place.update(*latency, other, rtt)) {
    ++s.counts.coordinates_refused;
    return;
  }
  s.place_payload = encode_place(s.place.own());
  if (s.settings.keeps_coordinates)
    s.other_places.insert_or_assign(std::string{name}, other);
}

void serf_core::on_user_message(std::string_view message, time_point now) {
  state& s = *state_;
  const auto split = wire::split_serf_message(message);
  // True once a decoder took it; the message is told on byte for byte if it was news.
  const auto hand = [&](const auto& decoded, auto&& take) {
    if (!decoded)
      ++s.counts.undecodable;
    else
      take(*decoded);
  };
  const auto tell_on = [&](bool is_news, payload_queue& queue) {
    if (is_news)
      s.broadcast(queue, message);
  };
  if (!split) {
    ++s.counts.undecodable;
    return;
  }
  switch (static_cast<wire::serf_type>(split->type)) {
    case wire::serf_type::leave_intent:
      hand(wire::decode_leave_intent(split->body),
           [&](const auto& intent) { tell_on(s.on_leave_intent(intent, now), s.intent_queue); });
      break;
    case wire::serf_type::join_intent:
      hand(wire::decode_join_intent(split->body),
           [&](const auto& intent) { tell_on(s.on_join_intent(intent, now), s.intent_queue); });
      break;
    case wire::serf_type::user_event:
      hand(wire::decode_user_event(split->body),
           [&](const auto& event) { tell_on(s.on_user_event(event), s.event_queue); });
      break;
    case wire::serf_type::query:
      hand(wire::decode_query(split->body),
           [&](const auto& query) { tell_on(s.on_query(query, now), s.query_queue); });
      break;
    case wire::serf_type::query_response:
      hand(wire::decode_query_response(split->body),
           [&](const auto& response) { s.on_query_response(response); });
      break;
    case wire::serf_type::relay:
      hand(wire::decode_relay(split->body), [&](const auto& relay) { s.on_relay(relay); });
      break;
    default:
      ++s.counts.unknown_types;
  }
}

void serf_core::tick(time_point now) {
  state& s = *state_;
  s.members.prune_due(now);
  if (now >= s.reap_due) {
    s.members.reap(now);
    s.ask_overdue_leavers(now);
    s.reap_due = now + s.settings.reap_interval;
  }
  if (now >= s.reconnect_due) {
    if (const auto target = s.members.pick_to_reconnect(s.random);
        target && s.leaving == leave_phase::staying)
      s.output.joins_to_try.push_back(*target);
    s.reconnect_due = now + s.settings.reconnect_interval;
  }
  s.questions.drop_expired(now);
  s.end_queries(now);
  s.repeat_queries(now);
  s.advance_leave(now);
}

serf_output serf_core::take_output(time_point now) {
  state& s = *state_;
  s.advance_leave(now);
  s.take_member_events();
  if (s.snapshot) {
    s.snapshot->on_member_time(lamport_time{s.clock.now().value - 1});
    s.output.snapshot_rewrite = s.snapshot->take_rewrite();
    s.output.snapshot_append = s.snapshot->take_lines();
  }
  return std::exchange(s.output, {});
}

time_point serf_core::next_deadline() const {
  const state& s = *state_;
  time_point first = std::min(s.reap_due, s.reconnect_due);
  if (s.leaving != leave_phase::staying && s.leaving != leave_phase::left)
    first = std::min(first, s.leave_due);
  for (const auto& deadline :
       {s.members.next_prune(), s.asked.next_deadline(), s.questions.next_deadline()})
    first = std::min(first, deadline.value_or(first));
  return first;
}

std::vector<std::string> serf_core::take_broadcasts(std::size_t room, std::size_t overhead,
                                                    time_point now) {
  state& s = *state_;
  std::vector<std::string> taken;
  if (s.intent_queue.empty() && s.query_queue.empty() && s.event_queue.empty())
    return taken;
  const int sends_max = retransmit_limit(s.settings.retransmit_multiplier, s.members.all().size());
  for (payload_queue* queue : {&s.intent_queue, &s.query_queue, &s.event_queue})
    room = queue->take(room, overhead, sends_max, taken);
  if (s.leaving == leave_phase::telling && !s.intent_queue.holds(s.leave_number))
    s.leave_due = now;
  return taken;
}

namespace {

// Who merges a time takes it for a join's. At the very time of a leave that is still being told the
// leave would be no news to him, and who left would be one who failed (serf's race).
std::uint64_t time_to_merge(const member_states::record& known) {
  const auto ltime = known.status_time.value;
  return known.status == member_status::leaving && ltime > 0 ? ltime - 1 : ltime;
}

}  // namespace

std::string serf_core::push_pull_state() const {
  const state& s = *state_;
  wire::push_pull_state own;
  own.ltime = s.clock.now().value;
  own.event_ltime = s.events.clock().now().value;
  own.query_ltime = s.queries.clock().now().value;
  for (const auto& known : s.members.all())
    own.status_ltimes.emplace_back(known.name(), time_to_merge(known));
  own.left_members.assign(s.members.left().begin(), s.members.left().end());
  for (const auto& [number, slot] : s.events.slots()) {
    wire::event_slot& made = own.events.emplace_back();
    made.ltime = slot.ltime.value;
    for (const user_event& event : slot.events)
      made.events.push_back({event.name, event.payload});
  }
  return wire::encode(own);
}

const std::string& serf_core::ack_payload() const {
  return state_->place_payload;
}

std::vector<member> serf_core::members() const {
  std::vector<member> all;
  all.reserve(state_->members.all().size());
  for (const auto& known : state_->members.all())
    all.push_back(known.described());
  std::sort(all.begin(), all.end(),
            [](const member& a, const member& b) { return a.name < b.name; });
  return all;
}

std::optional<member> serf_core::find(std::string_view name) const {
  const auto* known = state_->members.find(name);
  return known == nullptr ? std::nullopt : std::optional{known->described()};
}

const std::string& serf_core::own_meta() const {
  return state_->self.meta;
}

const coordinate& serf_core::own_coordinate() const {
  return state_->place.own();
}

std::map<std::string, coordinate, std::less<>> serf_core::coordinates() const {
  auto all = state_->other_places;
  all.insert_or_assign(state_->self.name, state_->place.own());
  return all;
}

const std::vector<join_target>& serf_core::rejoin_targets() const {
  return state_->rejoin;
}

serf_stats serf_core::stats() const {
  const state& s = *state_;
  serf_stats made;
  made.members = s.members.all().size();
  made.failed = s.members.failed().size();
  made.left = s.members.left().size();
  made.member_time = s.clock.now();
  made.event_time = s.events.clock().now();
  made.query_time = s.queries.clock().now();
  made.intent_queue = s.intent_queue.size();
  made.event_queue = s.event_queue.size();
  made.query_queue = s.query_queue.size();
  made.coordinate_resets = s.place.resets();
  return made;
}

serf_counters serf_core::counters() const {
  serf_counters made = state_->counts;
  made.flaps = state_->members.flaps();
  return made;
}

}  // namespace troupe::actors::gossip::serf
