// The world's life: members, time, and what happens to them. Journeys are in
// gossip_world_journeys.cpp.
#include "bench/gossip_scale/gossip_world.hpp"

#include <string>
#include <utility>

#include "bench/gossip_scale/gossip_world_parts.hpp"
#include "bench/gossip_scale/wire_scale.hpp"
#include "messages/ensure.hpp"

namespace troupe::gossip_scale {

using messages::ensure;
using swim::member_identity;
using swim::member_record;

namespace {

constexpr std::uint16_t gossip_port = 7946;

// 10.x.y.z, as many as are needed.
member_identity identity_of(std::uint32_t number, std::optional<agent_release> tags) {
  const char bytes[] = {10, static_cast<char>(number >> 16), static_cast<char>(number >> 8),
                        static_cast<char>(number)};
  return {.where = {actors::gossip::ip_address::from_bytes({bytes, sizeof bytes}), gossip_port},
          .meta = tags ? actors::gossip::wire::encode_tags(agent_tags(number, *tags)) : "",
          .protocol = {1, 5, 2},
          .delegate = {2, 5, 4}};
}

}  // namespace

gossip_world::gossip_world(const world_options& options)
    : options_(options),
      settings_(std::make_shared<const swim::swim_settings>(options.settings)),
      core_random_(options.seed),
      network_random_(options.seed ^ 0x6e6574776f726bULL),
      network_(options.network, options.members),
      members_(options.members) {
  for (std::uint32_t i = 0; i < options_.members; ++i) {
    const auto number = directory_.intern("member-" + std::to_string(i));
    ensure(number && number->value == i);
    identities_.push_back(directory_.intern_identity(*number, identity_of(i, options_.as_agents)));
  }
  if (options_.as_agents)
    scale_ = std::make_unique<wire_scale>(directory_);
  const auto base = options_.acquainted ? acquainted_view() : nullptr;
  for (std::uint32_t i = 0; i < options_.members; ++i) {
    const auto spread = options_.start_spread.count();
    if (spread == 0) {
      make_core({i}, base);
      continue;
    }
    const auto later =
        static_cast<std::int64_t>(core_random_() % static_cast<std::uint64_t>(spread));
    at(nanoseconds{later}, [this, i, base] { make_core({i}, base); });
  }
}

gossip_world::~gossip_world() = default;

traffic gossip_world::total() const {
  auto total = traffic_;
  total.wire_bytes = scale_ ? scale_->bytes() : 0;
  return total;
}

std::shared_ptr<const swim::base_view> gossip_world::acquainted_view() {
  std::vector<member_record> records;
  records.reserve(options_.members);
  for (std::uint32_t i = 0; i < options_.members; ++i)
    records.emplace_back(swim::member_state::alive, swim::incarnation_number{1}, identities_[i],
                         now_);
  return swim::base_view::of(std::move(records));
}

void gossip_world::make_core(member_number number, std::shared_ptr<const swim::base_view> base) {
  auto& made = members_[number.value];
  made = {.life = made.life + 1};
  made.core = std::make_unique<swim::swim_core>(
      settings_, number, identities_[number.value],
      swim::swim_core::needs{directory_, core_random_, nullptr, std::move(base), &output_}, now_);
  if (scale_)
    made.core->set_ack_payload_bytes(scale_->ack_payload_bytes());
  carry_out(number);
}

// -- time ------------------------------------------------------------------------

void gossip_world::at(nanoseconds elapsed, std::function<void()> happens) {
  actions_.push_back(std::move(happens));
  events_.push(elapsed.count(), event_kinds::action,
               static_cast<std::uint32_t>(actions_.size() - 1));
}

void gossip_world::run_until(nanoseconds elapsed) {
  while (!events_.empty() && events_.front().at_ns <= elapsed.count()) {
    const auto next = events_.pop();
    fetch_ahead();
    now_ = time_point{nanoseconds{next.at_ns}};
    happen(next);
  }
  now_ = time_point{elapsed};
}

// Most of the time would pass waiting for memory: what members need that are soon to act is fetched
// now, in steps, each of which finds where to look in what the step before it has fetched.
void gossip_world::fetch_ahead() const {
  constexpr std::size_t flight_ahead = 15;
  constexpr std::size_t member_ahead = 11;
  constexpr std::size_t core_ahead = 7;
  constexpr std::size_t parts_ahead = 3;
  const auto member_of = [this](const event* next) -> const simulated* {
    if (next == nullptr || (next->kind != event_kinds::packet && next->kind != event_kinds::wake))
      return nullptr;
    return &members_[next->kind == event_kinds::packet ? flights_[next->subject].to.value
                                                       : next->subject];
  };
  if (const auto* next = events_.upcoming(flight_ahead);
      next != nullptr && next->kind == event_kinds::packet)
    __builtin_prefetch(&flights_[next->subject]);
  if (const auto* member = member_of(events_.upcoming(member_ahead)))
    __builtin_prefetch(member);
  if (const auto* member = member_of(events_.upcoming(core_ahead)); member && member->core)
    member->core->fetch();
  if (const auto* member = member_of(events_.upcoming(parts_ahead)); member && member->core)
    member->core->fetch_parts();
}

void gossip_world::happen(const event& next) {
  switch (next.kind) {
    case event_kinds::wake:
      wake({next.subject});
      return;
    case event_kinds::action: {
      const auto action = std::exchange(actions_[next.subject], nullptr);
      action();
      return;
    }
    case event_kinds::serve:
      serve({next.subject});
      return;
    default:
      arrive(next);
  }
}

void gossip_world::wake(member_number number) {
  auto& woken = members_[number.value];
  if (woken.wakes != now_)
    return;  // it has been woken since, or wants to be later
  woken.wakes = time_point::max();
  if (!woken.core)
    return;
  if (woken.is_still && woken.kind == standstill::stopped)
    return;
  woken.core->tick(now_);
  carry_out(number);
}

void gossip_world::reschedule(member_number number) {
  auto& about = members_[number.value];
  const auto due = std::max(about.core->next_deadline(), now_);
  // Waking early does no harm, so an earlier wake is left in place.
  if (about.wakes <= due && about.wakes > now_)
    return;
  about.wakes = due;
  if (due != time_point::max())
    events_.push(due.time_since_epoch().count(), event_kinds::wake, number.value);
}

// -- what happens to members -------------------------------------------------------

void gossip_world::crash(member_number number) {
  auto& gone = members_[number.value];
  for (const auto held : gone.outgoing)
    free_flights_.push_back(held);
  for (const auto* held : {&gone.outgoing_streams, &gone.held_answers})
    for (const auto stream : *held)
      end_stream(stream);
  for (const auto& held : gone.incoming)
    drop_arrival(held);
  gone = {.life = gone.life + 1};
}

void gossip_world::restart(member_number number) {
  ensure(!is_running(number));
  make_core(number, nullptr);
}

void gossip_world::join(member_number number, member_number seed) {
  if (!is_running(number))
    return;
  begin_stream({.kind = stream_kind::push_pull, .from = number, .to = seed});
  constexpr auto retry_after = std::chrono::seconds{1};
  at(elapsed() + retry_after, [this, number, seed, life = members_[number.value].life] {
    if (is_running(number) && members_[number.value].life == life &&
        core(number).counts().known() == 1)
      join(number, seed);
  });
}

void gossip_world::leave(member_number number) {
  members_[number.value].core->leave(now_);
  carry_out(number);
}

void gossip_world::stand_still(member_number number, standstill kind) {
  auto& held = members_[number.value];
  held.is_still = true;
  held.kind = kind;
  if (held.core && kind != standstill::stopped)
    held.core->hold_gossip(true);
}

// What it had to send goes out; gossip, which has nothing more to do than that, goes on before the
// probe, which has, and finds its time over; and only then it sees what came.
void gossip_world::go_on(member_number number) {
  auto& freed = members_[number.value];
  if (!freed.core || !freed.is_still)
    return;
  freed.is_still = false;
  for (const auto held : std::exchange(freed.outgoing, {}))
    launch(held);
  for (const auto held : std::exchange(freed.outgoing_streams, {}))
    open_stream(held);
  answer_held(number);
  freed.core->hold_gossip(false);
  if (freed.kind == standstill::blocked_io) {
    freed.core->hold_probe(true);
    freed.core->tick(now_);
    freed.core->hold_probe(false);
  }
  freed.core->tick(now_);
  carry_out(number);
  serve(number);
}

// -- what a member wants done --------------------------------------------------------

void gossip_world::carry_out(member_number number) {
  auto& acting = members_[number.value];
  (void)acting.core->output();  // output_, complete
  for (const auto& each : output_.events) {
    mix(static_cast<std::uint64_t>(each.kind) << 56 | std::uint64_t{number.value} << 28 |
        each.about.value);
    if (observer_)
      observer_({now_, number, each});
  }
  send_packets(number);
  for (const auto& wanted : output_.stream_pings)
    begin_stream({.kind = stream_kind::ping,
                  .from = number,
                  .to = wanted.target.member,
                  .sequence = wanted.sequence,
                  .deadline = wanted.deadline});
  for (const auto& wanted : output_.push_pulls)
    begin_stream({.kind = stream_kind::push_pull, .from = number, .to = wanted.member});
  if (output_.held_answers_due && !acting.is_still)
    answer_held(number);
  output_.clear();
  reschedule(number);
}

}  // namespace troupe::gossip_scale
