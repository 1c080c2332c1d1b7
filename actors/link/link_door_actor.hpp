// What other nodes see of this one: the only actor that is published. Requests that arrive go from
// the thread that received them straight to one of the porters; the door itself handles what links
// say to each other. Lets nothing else in.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/node_id.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"
#include "messages/link.pb.h"

namespace troupe::actors::link {

// For io_actor: an actor that is not typed.
struct untyped_actor {
  using base = caf::event_based_actor;
};

// The actors of another node, or of this one as others see them.
struct doors {
  caf::strong_actor_ptr router;
  caf::strong_actor_ptr raft_peer;  // null: not a server
};

struct link_door_needs {
  std::vector<caf::actor> porters;
  raft_peer_actor raft_peer;  // null: not a server
  // On the door's thread.
  std::function<void(const m::LinkHello&, const doors& theirs)> on_hello;
  std::function<void(const caf::node_id&)> on_ping;
};

class link_door : public io_actor<untyped_actor> {
 public:
  link_door(caf::actor_config& config, io_thread& home, link_door_needs needs);

  using io_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* host) override;

  caf::behavior make_behavior() override;
  const char* name() const override { return "link_door"; }
  void on_exit() override;

 private:
  using hello_reply = caf::result<m::LinkWelcome, caf::strong_actor_ptr>;

  hello_reply on_hello(const m::LinkHello& hello, const doors& theirs);
  void to_porters(caf::mailbox_element_ptr message, caf::execution_unit* host);

  using porter_list = std::vector<caf::actor>;
  std::atomic<std::shared_ptr<const porter_list>> porters_;
  std::atomic<std::uint64_t> turn_{0};
  link_door_needs needs_;
};

}  // namespace troupe::actors::link
