#include "actors/cache/request_cache_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/cache/request_key.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::cache {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A timer cannot be taken back: none is set for longer, so that few are left over.
constexpr seconds tick_interval_max{1};

// The gateways' tickets begin with their lane's number, which is less than this one.
constexpr std::uint64_t ticket_space = std::uint64_t{255} << 56;

std::uint64_t ticket_of(fetch_id id) {
  return ticket_space | id.value;
}

// Serialised, a message is about half of what it is in memory.
constexpr std::size_t memory_factor = 2;

template <class Reply>
Reply marked(const cached_answer& found, m::Consistency asked_for) {
  Reply reply = static_cast<const Reply&>(*found.answer);
  auto& meta = *reply.mutable_meta();
  meta.set_consistency(asked_for);
  meta.set_cached(true);
  meta.set_cache_hit(found.hit);
  meta.set_cache_age_s(std::chrono::round<seconds>(found.age).count());
  return reply;
}

// No wait a client asks for is longer than max_query_time, no age longer than a year matters: both
// are kept from overflowing.
template <class Unit>
duration bounded(std::int64_t count) {
  constexpr auto most = std::chrono::duration_cast<Unit>(std::chrono::hours(24 * 365)).count();
  return Unit(std::clamp<std::int64_t>(count, 0, most));
}

template <class Request>
cache_request to_core(const Request& query, const std::string& datacenter, bool refreshes) {
  auto asked = std::make_shared<Request>(query);
  keep_what_is_asked(*asked->mutable_options(), datacenter);
  const auto& options = query.options();
  cache_request request;
  request.key = request_key(*asked);
  request.asked = std::move(asked);
  request.refreshes = refreshes;
  if (refreshes) {
    request.min_index = options.min_index();
    request.wait = bounded<milliseconds>(options.wait_ms());
    request.ticket = {options.ticket()};
    return request;
  }
  request.max_age = bounded<seconds>(options.cache().max_age_s());
  request.must_revalidate = options.cache().must_revalidate();
  request.stale_if_error = bounded<seconds>(options.cache().stale_if_error_s());
  return request;
}

}  // namespace

// Who is to be answered later, whatever the kind of answer.
class request_cache_state::waiting_request {
 public:
  virtual ~waiting_request() = default;
  virtual void deliver(const cached_answer& found) = 0;
  virtual void refuse(const messages::failure& why) = 0;
};

template <class Reply>
class request_cache_state::typed_waiting_request : public waiting_request {
 public:
  typed_waiting_request(caf::typed_response_promise<Reply> promise, m::Consistency asked_for)
      : promise_(std::move(promise)), asked_for_(asked_for) {}
  void deliver(const cached_answer& found) override {
    promise_.deliver(marked<Reply>(found, asked_for_));
  }
  void refuse(const messages::failure& why) override { promise_.deliver(to_caf(why)); }

 private:
  caf::typed_response_promise<Reply> promise_;
  m::Consistency asked_for_;
};

request_cache_state::request_cache_state(caf::actor_config& config, io_thread& home,
                                         request_cache_needs needs)
    : io_actor(config, home),
      needs_(std::move(needs)),
      core_(needs_.options, std::minstd_rand(static_cast<std::uint32_t>(needs_.random_seed))) {}

request_cache_state::behavior_type request_cache_state::make_behavior() {
  return {
      // From the gateways.
      [this](m::ServicesQuery& query) { return on_query<m::Services>(query, true); },
      [this](m::ServiceNodesQuery& query) { return on_query<m::ServiceNodes>(query, true); },
      [this](m::ServiceHealthQuery& query) { return on_query<m::ServiceHealth>(query, true); },
      [this](m::CaRootsQuery& query) { return on_query<m::CaRoots>(query, true); },
      [this](m::DatacentersQuery& query) { return on_query<m::Datacenters>(query, false); },
      [this](const m::CancelQuery& cancel) { on_cancel(cancel); },
      // From itself.
      [this](const m::CacheTick&) { on_tick(); },
  };
}

void request_cache_state::on_exit() {
  waiting_.clear();
  needs_.router = nullptr;
}

template <class Reply, class Request>
caf::result<Reply> request_cache_state::on_query(Request& query, bool refreshes) {
  auto admitted = core_.ask(to_core(query, needs_.datacenter, refreshes), now());
  if (const auto* found = std::get_if<cached_answer>(&admitted); found != nullptr)
    return marked<Reply>(*found, query.options().consistency());
  if (std::holds_alternative<no_room>(admitted))
    return ask_uncached<Reply>(query);
  auto promise = this->template make_response_promise<Reply>();
  waiting_.emplace(
      std::get<waiter_id>(admitted).value,
      std::make_unique<typed_waiting_request<Reply>>(promise, query.options().consistency()));
  carry_out(core_.take_output());
  return promise;
}

template <class Reply, class Request>
caf::result<Reply> request_cache_state::ask_uncached(Request& query) {
  auto promise = this->template make_response_promise<Reply>();
  request(needs_.router, caf::infinite, std::move(query))
      .then(
          [promise](Reply& reply) mutable {
            reply.mutable_meta()->set_cached(true);
            promise.deliver(std::move(reply));
          },
          [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
  return promise;
}

void request_cache_state::on_cancel(const m::CancelQuery& cancel) {
  // Answered all the same: the gateway's actor holds a handler for it.
  if (const auto gone = core_.cancel({cancel.ticket()}))
    if (const auto waiting = take(*gone))
      waiting->refuse({messages::errc::unavailable, "cancelled"});
  tick_later();
}

void request_cache_state::on_tick() {
  armed_for_.reset();
  core_.tick(now());
  carry_out(core_.take_output());
}

request_cache_state::waiting_ptr request_cache_state::take(waiter_id id) {
  auto node = waiting_.extract(id.value);
  return node ? std::move(node.mapped()) : nullptr;
}

void request_cache_state::carry_out(const cache_output& output) {
  for (const auto& [id, found] : output.answers)
    if (const auto waiting = take(id))
      waiting->deliver(found);
  for (const auto& [id, why] : output.refusals)
    if (const auto waiting = take(id))
      waiting->refuse(why);
  for (const auto& order : output.fetches)
    start(order);
  for (const auto id : output.cancelled) {
    m::CancelQuery cancel;
    cancel.set_ticket(ticket_of(id));
    send(needs_.router, std::move(cancel));
  }
  tick_later();
}

void request_cache_state::start(const fetch_order& order) {
  const auto* kind = order.asked->GetDescriptor();
  if (kind == m::ServicesQuery::descriptor())
    fetch<m::Services, m::ServicesQuery>(order);
  else if (kind == m::ServiceNodesQuery::descriptor())
    fetch<m::ServiceNodes, m::ServiceNodesQuery>(order);
  else if (kind == m::ServiceHealthQuery::descriptor())
    fetch<m::ServiceHealth, m::ServiceHealthQuery>(order);
  else if (kind == m::CaRootsQuery::descriptor())
    fetch<m::CaRoots, m::CaRootsQuery>(order);
  else
    fetch<m::Datacenters, m::DatacentersQuery>(order);
}

// The core keeps the time limit: one of CAF's for each fetch of ten minutes would pile up.
template <class Reply, class Request>
void request_cache_state::fetch(const fetch_order& order) {
  Request query = static_cast<const Request&>(*order.asked);
  auto& options = *query.mutable_options();
  options.set_min_index(order.min_index);
  options.set_wait_ms(std::chrono::duration_cast<milliseconds>(order.wait).count());
  options.set_ticket(ticket_of(order.id));
  request(needs_.router, caf::infinite, std::move(query))
      .then(
          [this, id = order.id](Reply& reply) {
            fetched_answer found;
            found.modify_index = reply.meta().index();
            found.bytes = reply.ByteSizeLong() * memory_factor;
            found.answer = std::make_shared<const Reply>(std::move(reply));
            core_.fetched(id, std::move(found), now());
            carry_out(core_.take_output());
          },
          [this, id = order.id](const caf::error& why) {
            core_.fetch_failed(id, from_caf(why), now());
            carry_out(core_.take_output());
          });
}

void request_cache_state::tick_later() {
  const auto next = core_.next_deadline();
  if (!next)
    return;
  const auto at = std::min(*next, now() + tick_interval_max);
  if (armed_for_ && *armed_for_ <= at)
    return;
  armed_for_ = at;
  home().post_after(std::max<duration>(at - now(), duration::zero()),
                    [self = caf::actor_cast<request_cache_actor>(this)] {
                      caf::anon_send(self, m::CacheTick{});
                    });
}

time_point request_cache_state::now() const {
  return system().clock().now();
}

request_cache_actor spawn_request_cache(caf::actor_system& system, io_thread& home,
                                        request_cache_needs needs) {
  return system.spawn<request_cache_state>(std::ref(home), std::move(needs));
}

}  // namespace troupe::actors::cache
