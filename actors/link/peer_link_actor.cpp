#include "actors/link/peer_link_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/make_message.hpp>

#include "actors/link/failures.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors::link {

// A message for the raft_peer that the router would take as well.
struct for_raft_peer {
  caf::message content;
};

}  // namespace troupe::actors::link

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::link::for_raft_peer)

namespace troupe::actors::link {

using messages::failure;
using messages::result;

namespace {

// Deadlines are looked at in one sweep, so often at most.
constexpr nanoseconds sweep_interval = std::chrono::milliseconds{10};
// Those of messages that nobody answers; requests are counted from 1.
constexpr std::uint64_t one_way_tickets = std::uint64_t{1} << 63;

class raft_front : public caf::event_based_actor {
 public:
  raft_front(caf::actor_config& config, const caf::actor& link)
      : caf::event_based_actor(config), link_(caf::actor_cast<caf::strong_actor_ptr>(link)) {}

  using caf::event_based_actor::enqueue;
  // On the sender's thread: one hop less.
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override {
    const auto& content = message->content();
    const auto* type = content.size() == 1 ? content.type(0).second : nullptr;
    if (type == nullptr || find_kind(*type) == nullptr)
      return caf::event_based_actor::enqueue(std::move(message), host);
    auto wrapped = caf::make_mailbox_element(std::move(message->sender), message->mid,
                                             std::move(message->stages),
                                             for_raft_peer{message->move_content_to_message()});
    link_->get()->enqueue(std::move(wrapped), host);
  }
  caf::behavior make_behavior() override {
    set_default_handler(caf::drop);
    return {[this](const m::LinkStatusQuery& query) {
      return delegate(caf::actor_cast<caf::actor>(link_), query);
    }};
  }
  const char* name() const override { return "raft_front"; }

 private:
  const caf::strong_actor_ptr link_;
};

}  // namespace

caf::actor spawn_raft_front(caf::actor_system& system, const caf::actor& link) {
  return system.spawn<raft_front, caf::hidden>(link);
}

peer_link::peer_link(caf::actor_config& config, io_thread& home, peer_link_needs needs)
    : io_actor(config, home),
      needs_(std::move(needs)),
      random_(needs_.random_seed),
      core_(needs_.options.core, random_),
      window_(needs_.options.window),
      one_way_(needs_.options.one_way) {}

caf::behavior peer_link::make_behavior() {
  set_default_handler(caf::drop);
  // All else is passed on: see consume().
  return {[this](const m::LinkStatusQuery&) { return status(); }};
}

void peer_link::on_exit() {
  close();
}

// -- messages -------------------------------------------------------------------------

caf::invoke_message_result peer_link::consume(caf::mailbox_element& message) {
  return take(message) ? caf::invoke_message_result::consumed : io_actor::consume(message);
}

bool peer_link::take(caf::mailbox_element& message) {
  auto& content = message.content();
  if (content.size() != 1 || message.mid.is_response() || closed_)
    return false;
  if (content.match_elements<for_raft_peer>()) {
    auto inner = content.get_as<for_raft_peer>(0).content;
    const auto& kind = *find_kind(*inner.type(0).second);
    take(message, kind, role::raft_peer, std::move(inner));
    return true;
  }
  const auto* type = content.type(0).second;
  const auto* kind = type == nullptr ? nullptr : find_kind(*type);
  if (kind == nullptr)
    return false;
  take(message, *kind, kind->for_router ? role::router : role::raft_peer,
       message.move_content_to_message());
  return true;
}

void peer_link::take(caf::mailbox_element& message, const message_kind& kind, role to,
                     caf::message content) {
  request_shape shape;
  shape.bytes = kind.bytes(content.get(0));
  if (kind.one_way)
    return take_one_way({to, &kind, std::move(content)}, shape.bytes);
  const auto blocked = kind.blocks_for(content.get(0));
  shape.blocking = blocked > nanoseconds{0};
  shape.deadline = now() + (shape.blocking ? blocked + needs_.options.query_grace
                                           : needs_.options.request_timeout);
  const auto query = kind.query_ticket(content.get(0));
  take_request({to, &kind, std::move(content), query,
                caf::response_promise(caf::strong_actor_ptr(ctrl()), message)},
               shape);
}

void peer_link::take_one_way(held_message held, std::size_t bytes) {
  // A reader that is told to forget a query does not answer it.
  if (const auto found = queries_.find(held.kind->query_ticket(held.content.get(0)));
      found != queries_.end())
    finish(found->second);
  const bool fits = bytes < needs_.options.frames.frame_bytes_max;
  if (fits && core_.want(now()))
    counted_.one_way_dropped += one_way_.push(std::move(held), bytes);
  else
    ++counted_.one_way_dropped;
  pump();
  carry_out();
}

void peer_link::take_request(held_request held, const request_shape& shape) {
  if (shape.bytes >= needs_.options.frames.frame_bytes_max) {
    ++counted_.failed;
    return held.promise.deliver(to_caf(request_too_large()));
  }
  const auto query = held.query;
  if (!core_.want(now())) {
    ++counted_.failed;
    held.promise.deliver(to_caf(unreachable()));
  } else if (const auto ticket = window_.admit(held, shape)) {
    if (query != 0)
      queries_[query] = *ticket;
  } else {
    ++counted_.shed;
    held.promise.deliver(to_caf(shed()));
  }
  pump();
  carry_out();
}

// -- to the other node ------------------------------------------------------------------

// Sends what may be sent now. What a cancellation names was packed before it.
void peer_link::pump() {
  if (core_.state() != link_state::up)
    return;
  while (auto next = window_.next()) {
    ++counted_.requests;
    auto& held = *next->second;
    pack(next->first.value, held.to, *held.kind, held.content);
  }
  while (auto next = one_way_.next()) {
    ++counted_.one_way;
    const auto ticket = one_way_tickets | ++last_one_way_;
    unconfirmed_.emplace(ticket, next->second);
    pack(ticket, next->first.to, *next->first.kind, next->first.content);
  }
}

// Leaves with what the rest of this thread's turn brings.
void peer_link::pack(std::uint64_t ticket, role to, const message_kind& kind,
                     caf::message& content) {
  auto bytes = kind.to_bytes(content.get(0));
  content = {};
  if (parcel_bytes_ > 0 && parcel_bytes_ + bytes.size() > messages::limits::link_parcel_bytes_max)
    dispatch();
  parcel_bytes_ += bytes.size();
  auto& request = *parcel_.add_requests();
  request.set_ticket(ticket);
  request.set_kind(kind.name);
  request.set_content(std::move(bytes));
  request.set_for_raft_peer(to == role::raft_peer);
  dispatch_later();
}

void peer_link::dispatch_later() {
  if (std::exchange(dispatch_is_due_, true))
    return;
  home().post([this, keep = caf::strong_actor_ptr(ctrl())] {
    dispatch_is_due_ = false;
    dispatch();
  });
}

void peer_link::dispatch() {
  if (channel_ && (parcel_.requests_size() > 0 || parcel_.ping()))
    channel_->send(parcel_);
  // A cleared message keeps its room, which is welcome but for large ones.
  if (parcel_bytes_ > messages::limits::link_parcel_bytes_max)
    m::LinkFrame().Swap(&parcel_);
  parcel_.Clear();
  parcel_bytes_ = 0;
}

// -- from the other node ------------------------------------------------------------------

void peer_link::on_frame(const m::LinkFrame& frame) {
  for (const auto& answer : frame.answers())
    on_answer(answer);
  if (frame.pong())
    core_.on_pong(now());
  pump();
  carry_out();
}

void peer_link::on_answer(const m::LinkAnswer& answer) {
  if (on_confirmed(answer.ticket()))
    return;
  auto held = finish({answer.ticket()});
  if (!held)
    return;  // too late
  ++counted_.answers;
  if (answer.has_failure()) {
    const auto code = static_cast<messages::errc>(answer.failure().code());
    return held->promise.deliver(to_caf({code, answer.failure().detail()}));
  }
  auto content = held->kind->answer_from_bytes(answer.content());
  if (content.empty())
    held->promise.deliver(to_caf(malformed_answer()));
  else
    held->promise.deliver(std::move(content));
}

// True: that was a message that nobody answers, handled or not.
bool peer_link::on_confirmed(std::uint64_t ticket) {
  if ((ticket & one_way_tickets) == 0)
    return false;
  if (const auto found = unconfirmed_.find(ticket); found != unconfirmed_.end()) {
    one_way_.on_confirmed(found->second);
    unconfirmed_.erase(found);
  }
  return true;
}

std::optional<peer_link::held_request> peer_link::finish(request_ticket ticket) {
  auto held = window_.finish(ticket);
  if (held && held->query != 0)
    queries_.erase(held->query);
  return held;
}

// -- connecting -------------------------------------------------------------------------

void peer_link::dial_peer() {
  dial_plan plan;
  plan.to = {needs_.server.address(), static_cast<std::uint16_t>(needs_.server.port())};
  plan.from_address = needs_.own_address;
  plan.own = needs_.own;
  plan.time = needs_.options.core.dial_timeout;
  dial(home().context(), plan,
       [this, attempt = ++attempt_,
        keep = caf::strong_actor_ptr(ctrl())](messages::result<connected> outcome) {
         if (!closed_ && attempt == attempt_)
           on_dialled(std::move(outcome));
       });
}

void peer_link::on_dialled(result<connected>&& outcome) {
  if (!outcome) {
    lose(outcome.error().detail);
    return carry_out();
  }
  if (outcome->peer.node_id() != needs_.server.id()) {
    lose("another node answers: " + outcome->peer.node());
    return carry_out();
  }
  const auto keep = caf::strong_actor_ptr(ctrl());
  channel_ = std::make_unique<frame_channel>(
      home().context(), std::move(outcome->stream), needs_.options.frames,
      frame_channel::needs{[this, keep](const m::LinkFrame& frame) { on_frame(frame); },
                           [this, keep](const std::string& why) {
                             lose(why);
                             carry_out();
                           }});
  ++counted_.connects;
  core_.on_up(now());
  pump();
  carry_out();
}

// -- the end of a connection --------------------------------------------------------------

void peer_link::close() {
  if (std::exchange(closed_, true))
    return;
  last_error_ = "the server has left";
  forget_connection();
  fail_all();
}

void peer_link::lose(const std::string& why) {
  last_error_ = why;
  ++(core_.state() == link_state::up ? counted_.losses : counted_.dials_failed);
  core_.on_lost(now());
  forget_connection();
  fail_all();
}

void peer_link::forget_connection() {
  ++attempt_;
  channel_.reset();
  unconfirmed_.clear();
  parcel_.Clear();
  parcel_bytes_ = 0;
}

void peer_link::fail_all() {
  for (auto& [held, was_sent] : window_.drain()) {
    ++counted_.failed;
    held.promise.deliver(to_caf(was_sent ? connection_lost() : unreachable()));
  }
  queries_.clear();
  counted_.one_way_dropped += one_way_.clear();
}

failure peer_link::unreachable() const {
  return no_connection(
      needs_.own_address,
      to_text({needs_.server.address(), static_cast<std::uint16_t>(needs_.server.port())}),
      last_error_);
}

// -- time --------------------------------------------------------------------------------------

time_point peer_link::now() const {
  return const_cast<peer_link*>(this)->clock().now();
}

void peer_link::sweep() {
  const auto at = now();
  for (auto& [ticket, held] : window_.expire(at)) {
    ++counted_.timeouts;
    queries_.erase(held.query);
    held.promise.deliver(to_caf(no_answer()));
  }
  core_.tick(at);
  pump();
  carry_out();
}

void peer_link::carry_out() {
  if (closed_)
    return;
  for (auto output = core_.take_output();
       output.dial || output.ping || output.hang_up != link_output::reason::none;
       output = core_.take_output()) {
    switch (output.hang_up) {
      case link_output::reason::none:
        break;
      case link_output::reason::timed_out:
        ++counted_.dials_failed;
        last_error_ = "i/o timeout";
        break;
      case link_output::reason::missed_pings:
        ++counted_.losses;
        last_error_ = "the server does not answer";
        break;
      case link_output::reason::unused:
        break;
    }
    if (output.hang_up != link_output::reason::none) {
      forget_connection();
      fail_all();
    }
    if (output.ping) {
      parcel_.set_ping(true);
      dispatch_later();
    }
    if (output.dial)
      dial_peer();
  }
  arm_timer();
}

// A timer that was set cannot be taken back: one that is early enough is left to ring.
void peer_link::arm_timer() {
  const auto due = std::min(core_.next_deadline(), window_.next_deadline());
  if (due >= timer_due_ || due == time_point::max())
    return;
  timer_due_ = due;
  const auto delay = std::max<nanoseconds>(due - now(), sweep_interval);
  home().post_after(delay, [this, due, keep = caf::strong_actor_ptr(ctrl())] {
    if (closed_)
      return;
    if (timer_due_ == due)
      timer_due_ = time_point::max();
    sweep();
  });
}

m::LinkStatus peer_link::status() const {
  m::LinkStatus status;
  *status.mutable_server() = needs_.server;
  status.set_state(std::string(name_of(core_.state())));
  status.set_connects(counted_.connects);
  status.set_losses(counted_.losses);
  status.set_dials_failed(counted_.dials_failed);
  status.set_requests(counted_.requests);
  status.set_answers(counted_.answers);
  status.set_timeouts(counted_.timeouts);
  status.set_shed(counted_.shed);
  status.set_failed(counted_.failed);
  status.set_one_way(counted_.one_way);
  status.set_one_way_dropped(counted_.one_way_dropped);
  status.set_in_flight(window_.in_flight() + window_.blocking());
  status.set_queued(window_.queued());
  status.set_last_error(last_error_);
  return status;
}

}  // namespace troupe::actors::link
