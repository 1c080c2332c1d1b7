#include "actors/link/link_door_actor.hpp"

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/result.hpp>

#include "actors/runtime/errors.hpp"

namespace troupe::actors::link {

link_door::link_door(caf::actor_config& config, io_thread& home, link_door_needs needs)
    : io_actor(config, home), needs_(std::move(needs)) {
  porters_.store(std::make_shared<const porter_list>(std::move(needs_.porters)));
}

void link_door::enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) {
  const auto& content = message->content();
  if (!message->mid.is_response() &&
      (content.match_elements<m::LinkRequests>() || content.match_elements<m::CancelQuery>()))
    return to_porters(std::move(message), host);
  io_actor::enqueue(std::move(message), host);
}

void link_door::to_porters(caf::mailbox_element_ptr message, caf::execution_unit* host) {
  const auto porters = porters_.load();
  if (porters == nullptr || porters->empty())
    return;
  // Which router has the query that a cancellation names is not known here.
  if (message->content().match_elements<m::CancelQuery>()) {
    const auto cancel = message->copy_content_to_message();
    for (const auto& porter : *porters)
      caf::actor_cast<caf::abstract_actor*>(porter)->enqueue(message->sender,
                                                             caf::make_message_id(), cancel, host);
    if (message->mid.is_request() && message->sender)
      message->sender->enqueue(ctrl(), message->mid.response_id(), caf::message{}, host);
    return;
  }
  const auto turn = turn_.fetch_add(1, std::memory_order_relaxed);
  caf::actor_cast<caf::abstract_actor*>((*porters)[turn % porters->size()])
      ->enqueue(std::move(message), host);
}

caf::behavior link_door::make_behavior() {
  set_default_handler(caf::drop);
  return {
      [this](const m::LinkHello& hello, const caf::strong_actor_ptr& router,
             const caf::strong_actor_ptr& raft_peer) {
        return on_hello(hello, {router, raft_peer});
      },
      [this](const m::LinkPing&) {
        if (current_sender())
          needs_.on_ping(current_sender()->node());
        return m::LinkPong();
      },
  };
}

// A node speaks for itself alone.
link_door::hello_reply link_door::on_hello(const m::LinkHello& hello, const doors& theirs) {
  const auto from = caf::actor_cast<caf::strong_actor_ptr>(current_sender());
  if (!from || !theirs.router || theirs.router->node() != from->node())
    return to_caf({messages::errc::bad_request, "a greeting in the name of another node"});
  needs_.on_hello(hello, theirs);
  return {m::LinkWelcome(), caf::actor_cast<caf::strong_actor_ptr>(needs_.raft_peer)};
}

void link_door::on_exit() {
  porters_.store(nullptr);
  needs_ = {};
}

}  // namespace troupe::actors::link
