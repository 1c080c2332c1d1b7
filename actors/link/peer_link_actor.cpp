#include "actors/link/peer_link_actor.hpp"

#include <algorithm>
#include <set>
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
  set_down_handler([this](const caf::down_msg& down) {
    if (theirs_.router && down.source == theirs_.router)
      lose("EOF");
  });
  // All else is passed on: see consume().
  return {
      [this](const m::LinkStatusQuery&) { return status(); },
      [this](const m::LinkAnswers& answers) { on_answers(answers); },
  };
}

void peer_link::on_exit() {
  close();
}

// -- messages -------------------------------------------------------------------------

caf::invoke_message_result peer_link::consume(caf::mailbox_element& message) {
  const bool taken = message.mid.is_response() ? on_response(message) : take(message);
  return taken ? caf::invoke_message_result::consumed : io_actor::consume(message);
}

bool peer_link::take(caf::mailbox_element& message) {
  auto& content = message.content();
  if (content.size() != 1 || closed_)
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
  const auto blocked = kind.blocks_for(content.get(0));
  shape.blocking = blocked > nanoseconds{0};
  shape.deadline = now() + (shape.blocking ? blocked + needs_.options.query_grace
                                           : needs_.options.request_timeout);
  if (kind.one_way)
    return take_one_way({to, std::move(content)}, kind, shape.bytes);
  const auto query = kind.query_ticket(content.get(0));
  take_request({to, &kind, std::move(content), query,
                caf::response_promise(caf::strong_actor_ptr(ctrl()), message)},
               shape);
}

void peer_link::take_one_way(held_message held, const message_kind& kind, std::size_t bytes) {
  // A reader that is told to forget a query does not answer it.
  if (const auto found = queries_.find(kind.query_ticket(held.content.get(0)));
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

// Sends what may be sent now.
void peer_link::pump() {
  if (core_.state() != link_state::up)
    return;
  while (auto next = window_.next()) {
    ++counted_.requests;
    pack(next->first, *next->second);
  }
  while (auto next = one_way_.next()) {
    ++counted_.one_way;
    if (next->first.to == role::router)
      dispatch();  // what it cancels goes before it
    send_to(next->first.to, std::move(next->first.content), next->second);
  }
}

// Leaves with what the rest of this thread's turn brings.
void peer_link::pack(request_ticket ticket, held_request& held) {
  auto bytes = held.kind->to_bytes(held.content.get(0));
  held.content = {};
  if (parcel_bytes_ + bytes.size() > messages::limits::link_parcel_bytes_max)
    dispatch();
  if (parcel_.requests().empty())
    home().post([this, keep = caf::strong_actor_ptr(ctrl())] { dispatch(); });
  parcel_bytes_ += bytes.size();
  auto& request = *parcel_.add_requests();
  request.set_ticket(ticket.value);
  request.set_kind(held.kind->name);
  request.set_content(std::move(bytes));
  request.set_for_raft_peer(held.to == role::raft_peer);
}

void peer_link::dispatch() {
  if (parcel_.requests().empty())
    return;
  parcel_bytes_ = 0;
  theirs_.router->enqueue(ctrl(), caf::make_message_id(),
                          caf::make_message(std::exchange(parcel_, {})), context());
}

void peer_link::send_to(role to, caf::message content, sent what) {
  const auto& target = to == role::raft_peer ? theirs_.raft_peer : theirs_.router;
  const auto id = new_request_id(caf::message_priority::normal);
  sent_.emplace(id.request_id().integer_value(), what);
  if (target)
    target->enqueue(ctrl(), id, std::move(content), context());
  else  // it is no server: answered as the door would
    eq_impl(id.response_id(), ctrl(), context(), to_caf(not_ready()));
}

bool peer_link::on_response(caf::mailbox_element& message) {
  const auto found = sent_.find(message.mid.request_id().integer_value());
  if (found == sent_.end())
    return false;
  const auto what = found->second;
  sent_.erase(found);
  if (const auto* bytes = std::get_if<std::size_t>(&what)) {
    one_way_.on_confirmed(*bytes);
  } else if (std::holds_alternative<hello>(what)) {
    on_welcome(message.move_content_to_message());
  } else if (message.content().match_elements<m::LinkPong>()) {
    core_.on_pong(now());
  }
  pump();
  carry_out();
  return true;
}

void peer_link::on_answers(const m::LinkAnswers& answers) {
  // Of a connection that has ended, or of somebody else.
  if (!theirs_.router || !current_sender() || current_sender()->node() != theirs_.router->node())
    return;
  for (const auto& answer : answers.answers())
    on_answer(answer);
  pump();
  carry_out();
}

void peer_link::on_answer(const m::LinkAnswer& answer) {
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

std::optional<peer_link::held_request> peer_link::finish(request_ticket ticket) {
  auto held = window_.finish(ticket);
  if (held && held->query != 0)
    queries_.erase(held->query);
  return held;
}

// -- connecting -------------------------------------------------------------------------

void peer_link::dial_peer() {
  if (const auto session = needs_.host->session_from(needs_.server.id()))
    return adopt(*session);
  if (needs_.host->is_being_connected_by(needs_.server.id()))
    return core_.on_redundant(now());
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
    if (outcome.error().code == messages::errc::conflict)
      core_.on_redundant(now());
    else
      lose(outcome.error().detail);
    return carry_out();
  }
  if (outcome->peer.node_id() != needs_.server.id()) {
    lose("another node answers: " + outcome->peer.node());
    return carry_out();
  }
  core_.on_progress(now());
  connection_ = needs_.bridge->take(std::move(outcome->stream));
  adopted_ = false;
  request(needs_.bridge->broker(), caf::infinite, basp_bridge::connect_request(connection_))
      .then(
          [this, attempt = attempt_](const caf::node_id&, const caf::strong_actor_ptr& published,
                                     const std::set<std::string>&) {
            if (!closed_ && attempt == attempt_)
              on_door(published);
          },
          [this, attempt = attempt_](const caf::error&) {
            if (!closed_ && attempt == attempt_)
              lose("the connection ended in its handshake");
            carry_out();
          });
  carry_out();
}

void peer_link::on_door(const caf::strong_actor_ptr& published) {
  if (!published) {
    lose("the other node publishes nothing");
    return carry_out();
  }
  core_.on_progress(now());
  theirs_.router = published;
  monitor(published);
  m::LinkHello greeting;
  *greeting.mutable_from() = needs_.own;
  send_to(role::router,
          caf::make_message(greeting, needs_.own_doors.router, needs_.own_doors.raft_peer),
          hello{});
  carry_out();
}

void peer_link::on_welcome(const caf::message& content) {
  if (!content.match_elements<m::LinkWelcome, caf::strong_actor_ptr>())
    return lose("the other node refuses to talk");
  theirs_.raft_peer = content.get_as<caf::strong_actor_ptr>(1);
  ++counted_.connects;
  core_.on_up(now());
}

void peer_link::adopt(const peer_session& session) {
  if (closed_ || core_.state() == link_state::up)
    return;
  forget_connection(true);
  connection_ = session.connection;
  theirs_ = session.theirs;
  adopted_ = true;
  monitor(theirs_.router);
  ++counted_.connects;
  core_.on_up(now());
  pump();
  carry_out();
}

void peer_link::yield_to_peer() {
  if (closed_)
    return;
  if (core_.state() == link_state::up)
    return lose("the other node connects anew");
  forget_connection(true);
  core_.on_redundant(now());
  carry_out();
}

// -- the end of a connection --------------------------------------------------------------

void peer_link::close() {
  if (std::exchange(closed_, true))
    return;
  last_error_ = "the server has left";
  forget_connection(true);
  fail_all();
  needs_.host = nullptr;
  needs_.own_doors = {};
}

void peer_link::lose(const std::string& why) {
  last_error_ = why;
  ++(core_.state() == link_state::up ? counted_.losses : counted_.dials_failed);
  core_.on_lost(now());
  forget_connection(true);
  fail_all();
}

void peer_link::forget_connection(bool drop) {
  ++attempt_;
  sent_.clear();
  parcel_.Clear();
  parcel_bytes_ = 0;
  if (theirs_.router)
    demonitor(caf::actor_cast<caf::actor_addr>(theirs_.router));
  theirs_ = {};
  if (connection_ && drop)
    needs_.bridge->drop(connection_);
  if (connection_)
    needs_.host->bury(std::exchange(connection_, {}));
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
  const bool shared = connection_ && !adopted_ && theirs_.router &&
                      needs_.host->is_pinged_by(theirs_.router->node());
  if (shared && core_.state() == link_state::up)
    core_.want(at);  // the other node's link is not to lose its connection
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
      // A connection that nobody here uses is still the other node's, if that one made it.
      forget_connection(output.hang_up != link_output::reason::unused || !adopted_);
      fail_all();
    }
    if (output.ping)
      send_to(role::router, caf::make_message(m::LinkPing()), ping{});
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
