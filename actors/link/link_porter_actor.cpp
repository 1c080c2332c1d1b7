#include "actors/link/link_porter_actor.hpp"

#include <utility>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/error.hpp>

#include "actors/link/failures.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

using messages::errc;
using messages::failure;

namespace {

constexpr nanoseconds sweep_interval = std::chrono::milliseconds{100};
// That a message which nobody answers has come is told together with other things, or with the next
// pong; but before the other side has to wait for it.
constexpr std::size_t confirmations_max = messages::limits::link_one_way_in_flight_max / 4;
constexpr std::size_t confirmed_bytes_max = messages::limits::link_one_way_in_flight_bytes_max / 4;

}  // namespace

caf::behavior link_porter::make_behavior() {
  set_default_handler(caf::drop);
  return {[](caf::unit_t) {}};  // its messages are answers: see consume()
}

caf::invoke_message_result link_porter::consume(caf::mailbox_element& message) {
  if (message.mid.is_response() && on_answer(message))
    return caf::invoke_message_result::consumed;
  return io_actor::consume(message);
}

// -- connections ----------------------------------------------------------------------

void link_porter::serve(inbound_number number, std::unique_ptr<byte_stream> stream) {
  // std::function wants to copy what it holds.
  const auto shared = std::make_shared<std::unique_ptr<byte_stream>>(std::move(stream));
  home().post([this, number, shared, keep = caf::strong_actor_ptr(ctrl())] {
    if (needs_.on_end)
      open(number, std::move(*shared));
  });
}

void link_porter::hang_up(inbound_number number) {
  home().post([this, number, keep = caf::strong_actor_ptr(ctrl())] { end(number); });
}

void link_porter::open(inbound_number number, std::unique_ptr<byte_stream> stream) {
  const auto keep = caf::strong_actor_ptr(ctrl());
  auto& made = connections_[number];
  made.since = now();
  made.channel = std::make_unique<frame_channel>(
      home().context(), std::move(stream), needs_.options.frames,
      frame_channel::needs{
          [this, number, keep](const m::LinkFrame& frame) { on_frame(number, frame); },
          [this, number, keep](const std::string&) { end(number); }});
  if (!std::exchange(sweep_is_due_, true))
    sweep_later();
}

// Nobody waits any more for what it has asked.
void link_porter::end(inbound_number number) {
  if (connections_.erase(number) == 0)
    return;
  std::vector<std::uint64_t> queries;
  std::erase_if(under_way_, [&](const auto& each) {
    const auto& [id, request] = each;
    if (request.by == number && request.query != 0)
      queries.push_back(request.query);
    return request.by == number;
  });
  for (const auto query : queries)
    cancel(query);
  needs_.on_end(number);
}

void link_porter::cancel(std::uint64_t query) {
  m::CancelQuery forget;
  forget.set_ticket(query);
  if (needs_.router)
    send(needs_.router, forget);
}

// Ends those that have said nothing for too long; the other side pings while it needs them.
void link_porter::sweep() {
  const auto at = now();
  std::vector<inbound_number> silent;
  for (const auto& [number, each] : connections_)
    if (each.heard ? at - *each.heard > needs_.options.inbound_silence_max
                   : at - each.since > needs_.options.greeting_timeout)
      silent.push_back(number);
  for (const auto number : silent)
    end(number);
}

void link_porter::sweep_later() {
  home().post_after(sweep_interval, [this, keep = caf::strong_actor_ptr(ctrl())] {
    sweep();
    sweep_is_due_ = !connections_.empty();
    if (sweep_is_due_)
      sweep_later();
  });
}

// -- requests -------------------------------------------------------------------------

void link_porter::on_frame(inbound_number number, const m::LinkFrame& frame) {
  auto& from = connections_.at(number);
  from.heard = now();
  for (const auto& request : frame.requests()) {
    if (from.under_way >= messages::limits::link_served_requests_max)
      return end(number);
    unpack(number, request);
  }
  if (frame.ping()) {
    from.parcel.set_pong(true);
    dispatch_later(number, from);
  }
}

void link_porter::unpack(inbound_number number, const m::LinkRequest& request) {
  const auto* kind = find_kind(request.kind());
  if (kind == nullptr || !(request.for_raft_peer() ? kind->for_raft_peer : kind->for_router))
    return refuse(number, request.ticket(), {errc::bad_request, "no such request"});
  auto content = kind->from_bytes(request.content());
  if (content.empty())
    return refuse(number, request.ticket(), {errc::bad_request, "a malformed request"});
  const auto to = request.for_raft_peer() ? caf::actor_cast<caf::strong_actor_ptr>(needs_.raft_peer)
                                          : caf::actor_cast<caf::strong_actor_ptr>(needs_.router);
  if (!to)
    return refuse(number, request.ticket(), not_ready());
  auto& from = connections_.at(number);
  const auto query = kind->query_ticket(content.get(0));
  if (kind->one_way) {
    forget_query(from, query);
    confirm(number, request);
    return to->enqueue(ctrl(), caf::make_message_id(), std::move(content), context());
  }
  const auto id = new_request_id(caf::message_priority::normal);
  const auto number_here = id.request_id().integer_value();
  if (query != 0)
    from.queries[query] = number_here;
  under_way_.emplace(number_here, asked{number, request.ticket(), kind, query});
  ++from.under_way;
  to->enqueue(ctrl(), id, std::move(content), context());
}

// A reader that is told to forget a query does not answer it.
void link_porter::forget_query(connection& of, std::uint64_t query) {
  const auto found = of.queries.find(query);
  if (found == of.queries.end())
    return;
  of.under_way -= under_way_.erase(found->second);
  of.queries.erase(found);
}

// -- answers --------------------------------------------------------------------------

bool link_porter::on_answer(caf::mailbox_element& message) {
  const auto found = under_way_.find(message.mid.request_id().integer_value());
  if (found == under_way_.end())
    return false;
  const auto request = found->second;
  under_way_.erase(found);
  auto& by = connections_.at(request.by);
  --by.under_way;
  if (request.query != 0)
    by.queries.erase(request.query);
  const auto content = message.move_content_to_message();
  if (content.match_elements<caf::error>()) {
    refuse(request.by, request.ticket, from_caf(content.get_as<caf::error>(0)));
    return true;
  }
  auto bytes = request.kind->answer_to_bytes(content);
  if (!bytes) {
    refuse(request.by, request.ticket, {errc::failed, "an answer of the wrong kind"});
    return true;
  }
  m::LinkAnswer answer;
  answer.set_ticket(request.ticket);
  answer.set_content(std::move(*bytes));
  pack(request.by, std::move(answer));
  return true;
}

void link_porter::refuse(inbound_number to, std::uint64_t ticket, const failure& why) {
  m::LinkAnswer answer;
  answer.set_ticket(ticket);
  answer.mutable_failure()->set_code(static_cast<int>(why.code));
  answer.mutable_failure()->set_detail(why.detail);
  pack(to, std::move(answer));
}

// Leaves with what the rest of this thread's turn brings.
void link_porter::pack(inbound_number to, m::LinkAnswer answer) {
  auto& one = connections_.at(to);
  const auto bytes = answer.content().size();
  if (one.parcel_bytes > 0 && one.parcel_bytes + bytes > messages::limits::link_parcel_bytes_max)
    dispatch(one);
  one.parcel_bytes += bytes;
  *one.parcel.add_answers() = std::move(answer);
  dispatch_later(to, one);
}

void link_porter::confirm(inbound_number number, const m::LinkRequest& message) {
  auto& one = connections_.at(number);
  one.parcel.add_answers()->set_ticket(message.ticket());
  ++one.confirmations;
  one.confirmed_bytes += message.content().size();
  if (one.confirmations >= confirmations_max || one.confirmed_bytes >= confirmed_bytes_max)
    dispatch_later(number, one);
}

void link_porter::dispatch_later(inbound_number number, connection& to) {
  if (std::exchange(to.dispatch_is_due, true))
    return;
  home().post([this, number, keep = caf::strong_actor_ptr(ctrl())] {
    const auto found = connections_.find(number);
    if (found == connections_.end())
      return;
    found->second.dispatch_is_due = false;
    dispatch(found->second);
  });
}

void link_porter::dispatch(connection& to) {
  if (to.parcel.answers_size() > 0 || to.parcel.pong())
    to.channel->send(to.parcel);
  // A cleared message keeps its room, which is welcome but for large ones.
  if (to.parcel_bytes > messages::limits::link_parcel_bytes_max)
    m::LinkFrame().Swap(&to.parcel);
  to.parcel.Clear();
  to.parcel_bytes = to.confirmations = to.confirmed_bytes = 0;
}

time_point link_porter::now() const {
  return const_cast<link_porter*>(this)->clock().now();
}

void link_porter::on_exit() {
  connections_.clear();
  under_way_.clear();
  needs_ = {};
}

}  // namespace troupe::actors::link
