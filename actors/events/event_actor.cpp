#include "actors/events/event_actor.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <random>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/events/event_rules.hpp"
#include "actors/events/kept_events.hpp"
#include "actors/gossip/wire/consul_event.hpp"
#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::events {

namespace limits = messages::limits;
using messages::errc;

namespace {

// A server hands an event to its pool at once; the way to it may be long.
constexpr auto fire_timeout = limits::rpc_hold_timeout + std::chrono::seconds{3};
// The registry is on this node.
constexpr std::chrono::seconds services_timeout{5};
// Events that wait for the list of services to be judged by; more at once are a flood.
constexpr std::size_t unjudged_max = 1024;

class event_state {
 public:
  using pointer = event_actor::stateful_pointer<event_state>;
  static constexpr const char* name = "events";

  explicit event_state(pointer self) : self_(self) {}

  event_actor::behavior_type start(event_needs needs) {
    needs_ = std::move(needs);
    jitter_.seed(static_cast<std::minstd_rand::result_type>(needs_.random_seed));
    if (needs_.pool)
      self_->send(needs_.pool, m::SubscribeToUserEvents{});
    return {
        // From the gateway.
        [this](m::FireEvent& fire) { return on_fire(fire); },
        [this](const m::EventsQuery& query) { return on_list(query); },
        [this](const m::CancelQuery& cancel) { on_cancel(cancel.ticket()); },
        // From the gossip_member.
        [this](const m::UserEvent& event) { on_event(event); },
        // From its own timer.
        [this](const m::EventTick&) { on_tick(); },
    };
  }

 private:
  // -- fired here --------------------------------------------------------------------

  caf::result<m::AgentEvent> on_fire(m::FireEvent& fire) {
    auto event = std::move(*fire.mutable_event());
    if (auto valid = validate_event(event); !valid)
      return to_caf(valid.error());
    event.set_id(needs_.new_id());
    event.set_version(event_version);
    m::FireUserEvent to_pool;
    to_pool.set_name(std::string(pool_prefix) + event.name());
    to_pool.set_payload(encoded(event));
    to_pool.set_token(fire.token());
    to_pool.set_datacenter(fire.datacenter());
    auto promise = self_->make_response_promise<m::AgentEvent>();
    self_->request(needs_.router, fire_timeout, std::move(to_pool))
        .then([event, promise](const m::Done&) mutable { promise.deliver(event); },
              [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  static std::string encoded(const m::AgentEvent& event) {
    return gossip::wire::encode({.id = event.id(),
                                 .name = event.name(),
                                 .node_filter = event.node_filter(),
                                 .service_filter = event.service_filter(),
                                 .tag_filter = event.tag_filter(),
                                 .payload = event.payload(),
                                 .version = event.version()});
  }

  // -- come from the pool --------------------------------------------------------------

  void on_event(const m::UserEvent& from_pool) {
    if (!from_pool.name().starts_with(pool_prefix))
      return;
    const auto decoded = gossip::wire::decode_consul_event(from_pool.payload());
    if (!decoded) {
      spdlog::warn("events: one that cannot be read came from the pool");
      return;
    }
    m::AgentEvent event;
    event.set_id(std::string(decoded->id));
    event.set_name(std::string(decoded->name));
    event.set_payload(std::string(decoded->payload));
    event.set_node_filter(std::string(decoded->node_filter));
    event.set_service_filter(std::string(decoded->service_filter));
    event.set_tag_filter(std::string(decoded->tag_filter));
    // A version that is no int32 is above ours all the same.
    event.set_version(static_cast<std::int32_t>(
        std::clamp<std::int64_t>(decoded->version, 0, std::numeric_limits<std::int32_t>::max())));
    event.set_ltime(from_pool.ltime());
    judge_in_turn(std::move(event));
  }

  // Events are kept in the order in which they came, so one that needs the services to be judged
  // holds up those behind it.
  void judge_in_turn(m::AgentEvent event) {
    if (unjudged_.size() >= unjudged_max) {
      spdlog::warn("events: too many come at once; {} is dropped", event.id());
      return;
    }
    unjudged_.push_back(std::move(event));
    if (!judging_)
      judge_next();
  }

  void judge_next() {
    while (!unjudged_.empty() && unjudged_.front().service_filter().empty())
      judge({});
    judging_ = !unjudged_.empty();
    if (!judging_)
      return;
    const auto go_on = [this](const m::LocalServices& services) {
      judge(services);
      judge_next();
    };
    self_->request(needs_.registry, services_timeout, m::LocalServicesQuery{})
        .then(go_on, [go_on](const caf::error& why) {
          spdlog::warn("events: one is not judged by its services: {}", from_caf(why).detail);
          go_on({});
        });
  }

  void judge(const m::LocalServices& services) {
    auto event = std::move(unjudged_.front());
    unjudged_.pop_front();
    if (!is_meant_for(event, needs_.node, services))
      return;
    for (const auto id : kept_.add(std::move(event)))
      answer(id);
  }

  // -- listed ----------------------------------------------------------------------------

  caf::result<m::AgentEvents> on_list(const m::EventsQuery& query) {
    if (auto allowed =
            authorize(query.options().token(), resource::event, query.name(), access::read);
        !allowed)
      return to_caf(allowed.error());
    auto listed = kept_.list(query.name());
    const auto& options = query.options();
    if (options.min_index() == 0 || listed.meta().index() != options.min_index())
      return listed;
    const auto id = kept_.wait({.name = query.name(),
                                .index = options.min_index(),
                                .ticket = options.ticket(),
                                .deadline = now() + wait_of(options.wait_ms())});
    if (!id)
      return to_caf(id.error());
    auto promise = self_->make_response_promise<m::AgentEvents>();
    promises_.emplace(id->value, promise);
    schedule_tick();
    return promise;
  }

  // With up to a sixteenth more, so that clients that began together do not end together.
  std::chrono::milliseconds wait_of(std::int64_t wait_ms) {
    using std::chrono::milliseconds;
    const milliseconds longest = limits::max_query_time;
    const milliseconds wait = wait_ms > 0 ? std::min(milliseconds(wait_ms), longest)
                                          : milliseconds(limits::default_query_time);
    std::uniform_int_distribution<std::int64_t> more_ms(0,
                                                        wait.count() / limits::wait_jitter_divisor);
    return std::min(wait + milliseconds(more_ms(jitter_)), longest);
  }

  void answer(wait_id id) {
    auto listed = kept_.list(kept_.waits(id).name);
    kept_.remove(id);
    if (auto waiting = promises_.extract(id.value))
      waiting.mapped().deliver(std::move(listed));
  }

  void on_cancel(std::uint64_t ticket) {
    if (const auto id = kept_.find(ticket)) {
      kept_.remove(*id);
      promises_.erase(id->value);
    }
  }

  // -- time ------------------------------------------------------------------------------

  std::chrono::steady_clock::time_point now() const { return self_->clock().now(); }

  void on_tick() {
    if (tick_at_ <= now())
      tick_at_ = time_point::max();
    for (const auto id : kept_.due(now()))
      answer(id);
    schedule_tick();
  }

  void schedule_tick() {
    const auto next = kept_.next_deadline();
    if (!next || *next >= tick_at_)
      return;
    tick_at_ = *next;
    self_->delayed_send(self_, std::max(*next - now(), std::chrono::nanoseconds{0}),
                        m::EventTick{});
  }

  pointer self_;
  event_needs needs_;
  kept_events kept_;
  std::map<std::uint64_t, caf::typed_response_promise<m::AgentEvents>> promises_;
  std::deque<m::AgentEvent> unjudged_;
  bool judging_ = false;
  std::minstd_rand jitter_;
  time_point tick_at_ = time_point::max();
};

}  // namespace

event_actor spawn_events(caf::actor_system& system, event_needs needs) {
  return system.spawn([needs = std::move(needs)](event_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::events
