#include "actors/link/link_porter_actor.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>

#include "actors/link/failures.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

using messages::errc;
using messages::failure;

caf::behavior link_porter::make_behavior() {
  set_default_handler(caf::drop);
  return {
      [this](const m::LinkRequests& together) {
        const auto from = current_sender();
        if (!from)
          return;
        for (const auto& request : together.requests())
          unpack(request, from);
      },
      // Behind the query that it names, if that came this way.
      [this](const m::CancelQuery& cancel) {
        if (needs_.router)
          send(needs_.router, cancel);
      },
  };
}

caf::invoke_message_result link_porter::consume(caf::mailbox_element& message) {
  if (message.mid.is_response() && on_answer(message))
    return caf::invoke_message_result::consumed;
  return io_actor::consume(message);
}

void link_porter::unpack(const m::LinkRequest& request, const caf::strong_actor_ptr& from) {
  const auto* kind = find_kind(request.kind());
  if (kind == nullptr || !(request.for_raft_peer() ? kind->for_raft_peer : kind->for_router))
    return refuse(from, request.ticket(), {errc::bad_request, "no such request"});
  auto content = kind->from_bytes(request.content());
  if (content.empty())
    return refuse(from, request.ticket(), {errc::bad_request, "a malformed request"});
  const auto to = request.for_raft_peer() ? caf::actor_cast<caf::strong_actor_ptr>(needs_.raft_peer)
                                          : caf::actor_cast<caf::strong_actor_ptr>(needs_.router);
  if (!to)
    return refuse(from, request.ticket(), not_ready());
  if (request.ticket() == 0)
    return to->enqueue(ctrl(), caf::make_message_id(), std::move(content), context());
  const auto id = new_request_id(caf::message_priority::normal);
  under_way_.emplace(id.request_id().integer_value(), asked{from, request.ticket(), kind});
  to->enqueue(ctrl(), id, std::move(content), context());
}

bool link_porter::on_answer(caf::mailbox_element& message) {
  const auto found = under_way_.find(message.mid.request_id().integer_value());
  if (found == under_way_.end())
    return false;
  const auto [by, ticket, kind] = std::move(found->second);
  under_way_.erase(found);
  const auto content = message.move_content_to_message();
  if (content.match_elements<caf::error>()) {
    refuse(by, ticket, from_caf(content.get_as<caf::error>(0)));
    return true;
  }
  auto bytes = kind->answer_to_bytes(content);
  if (!bytes) {
    refuse(by, ticket, {errc::failed, "an answer of the wrong kind"});
    return true;
  }
  m::LinkAnswer answer;
  answer.set_ticket(ticket);
  answer.set_content(std::move(*bytes));
  pack(by, std::move(answer));
  return true;
}

void link_porter::refuse(const caf::strong_actor_ptr& to, std::uint64_t ticket,
                         const failure& why) {
  if (ticket == 0)
    return;
  m::LinkAnswer answer;
  answer.set_ticket(ticket);
  answer.mutable_failure()->set_code(static_cast<int>(why.code));
  answer.mutable_failure()->set_detail(why.detail);
  pack(to, std::move(answer));
}

// Leaves with what the rest of this thread's turn brings.
void link_porter::pack(const caf::strong_actor_ptr& to, m::LinkAnswer answer) {
  const bool first = parcels_.empty();
  auto& one = parcels_[to];
  const auto bytes = answer.content().size();
  if (one.bytes > 0 && one.bytes + bytes > messages::limits::link_parcel_bytes_max)
    dispatch(to, one);
  one.bytes += bytes;
  *one.content.add_answers() = std::move(answer);
  if (first)
    home().post([this, keep = caf::strong_actor_ptr(ctrl())] { dispatch_all(); });
}

void link_porter::dispatch(const caf::strong_actor_ptr& to, parcel& one) {
  to->enqueue(ctrl(), caf::make_message_id(), caf::make_message(std::exchange(one, {}).content),
              context());
}

void link_porter::dispatch_all() {
  for (auto& [to, one] : parcels_)
    dispatch(to, one);
  parcels_.clear();
}

void link_porter::on_exit() {
  needs_ = {};
  under_way_.clear();
  parcels_.clear();
}

}  // namespace troupe::actors::link
