// The actor `link_porter`: requests of other nodes, on one io_thread of this one. Unpacks them for
// the router of the same thread or the raft_peer, and sends what they answer back together with
// whatever else is ready by then. Judges nothing and keeps no deadlines: those are of the link that
// asked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include "actors/link/link_door_actor.hpp"
#include "actors/link/message_kinds.hpp"
#include "messages/result.hpp"

namespace troupe::actors::link {

class link_porter : public io_actor<untyped_actor> {
 public:
  // Null: none of that kind here.
  struct targets {
    router_actor router;
    raft_peer_actor raft_peer;
  };

  link_porter(caf::actor_config& config, io_thread& home, targets needs)
      : io_actor(config, home), needs_(std::move(needs)) {}

  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  const char* name() const override { return "link_porter"; }
  void on_exit() override;

 private:
  struct asked {
    caf::strong_actor_ptr by;  // the other node's link
    std::uint64_t ticket;
    const message_kind* kind;
  };
  struct parcel {
    m::LinkAnswers content;
    std::size_t bytes = 0;
  };

  void unpack(const m::LinkRequest& request, const caf::strong_actor_ptr& from);
  bool on_answer(caf::mailbox_element& message);
  void pack(const caf::strong_actor_ptr& to, m::LinkAnswer answer);
  void refuse(const caf::strong_actor_ptr& to, std::uint64_t ticket, const messages::failure& why);
  void dispatch(const caf::strong_actor_ptr& to, parcel& one);
  void dispatch_all();

  targets needs_;
  std::unordered_map<std::uint64_t, asked> under_way_;  // by the id of the request made here
  std::map<caf::strong_actor_ptr, parcel> parcels_;     // not empty: dispatch_all() is to come
};

}  // namespace troupe::actors::link
