// The actor `peer_link`: one other node in use. Owns the connection to it, the requests under way
// and their time limits. Whatever message of a router or a raft_peer it is sent, it sends to that
// actor of the other node, and the answer comes back as if that actor were here; it never looks
// inside. Never queues without bound: see request_window, one_way_queue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <caf/event_based_actor.hpp>
#include <caf/message.hpp>
#include <caf/response_promise.hpp>

#include "actors/link/frame_channel.hpp"
#include "actors/link/handshake.hpp"
#include "actors/link/link_core.hpp"
#include "actors/link/link_directory.hpp"
#include "actors/link/message_kinds.hpp"
#include "actors/link/one_way_queue.hpp"
#include "actors/link/request_window.hpp"
#include "actors/runtime/io_actor.hpp"
#include "messages/link.pb.h"

namespace troupe::actors::link {

// For io_actor: an actor that is not typed.
struct untyped_actor {
  using base = caf::event_based_actor;
};

struct link_options {
  link_core_options core;
  request_window_options window;
  one_way_options one_way;
  frame_limits frames;
  nanoseconds request_timeout = messages::limits::link_request_timeout;
  nanoseconds query_grace = messages::limits::link_query_grace;
  nanoseconds greeting_timeout = messages::limits::link_handshake_timeout;
  nanoseconds inbound_silence_max = messages::limits::link_inbound_silence_max;
  std::size_t inbound_max = messages::limits::link_inbound_max;
  std::size_t inbound_per_address_max = messages::limits::link_inbound_per_address_max;
};

struct peer_link_needs {
  link_options options;
  m::KnownServer server;
  m::LinkGreeting own;
  std::string own_address;  // to dial from
  std::uint64_t random_seed = 0;
};

class peer_link : public io_actor<untyped_actor> {
 public:
  peer_link(caf::actor_config& config, io_thread& home, peer_link_needs needs);

  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  const char* name() const override { return "peer_link"; }
  void on_exit() override;

  // -- from peer_links, on the same thread ---------------------------------------

  void move_to(const m::KnownServer& server) { needs_.server = server; }
  // The server is gone or this node ends.
  void close();
  m::LinkStatus status() const;

 private:
  struct held_request {
    role to;
    const message_kind* kind;
    caf::message content;
    std::uint64_t query;  // what a CancelQuery would name; 0: none
    caf::response_promise promise;
  };
  struct held_message {
    role to;
    const message_kind* kind;
    caf::message content;
  };
  struct counters {
    std::uint64_t connects = 0;
    std::uint64_t losses = 0;
    std::uint64_t dials_failed = 0;
    std::uint64_t requests = 0;
    std::uint64_t answers = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t shed = 0;
    std::uint64_t failed = 0;
    std::uint64_t one_way = 0;
    std::uint64_t one_way_dropped = 0;
  };

  bool take(caf::mailbox_element& message);
  void take(caf::mailbox_element& message, const message_kind& kind, role to, caf::message content);
  void take_request(held_request held, const request_shape& shape);
  void take_one_way(held_message held, std::size_t bytes);

  void dial_peer();
  void on_dialled(messages::result<connected>&& outcome);
  void on_frame(const m::LinkFrame& frame);
  void on_answer(const m::LinkAnswer& answer);
  bool on_confirmed(std::uint64_t ticket);
  std::optional<held_request> finish(request_ticket ticket);

  void pump();
  void pack(std::uint64_t ticket, role to, const message_kind& kind, caf::message& content);
  void dispatch_later();
  void dispatch();
  void lose(const std::string& why);
  void forget_connection();
  void fail_all();
  void sweep();
  void carry_out();
  void arm_timer();
  messages::failure unreachable() const;
  time_point now() const;

  peer_link_needs needs_;
  prng random_;
  link_core core_;
  request_window<held_request> window_;
  one_way_queue<held_message> one_way_;
  std::unordered_map<std::uint64_t, request_ticket> queries_;  // those that can be cancelled

  std::unique_ptr<frame_channel> channel_;
  std::unordered_map<std::uint64_t, std::size_t> unconfirmed_;  // one-way: ticket, bytes
  std::uint64_t last_one_way_ = 0;
  m::LinkFrame parcel_;
  std::size_t parcel_bytes_ = 0;
  bool dispatch_is_due_ = false;
  std::uint64_t attempt_ = 0;  // tells a dial that was given up from the one under way
  std::string last_error_ = "not connected yet";
  counters counted_;
  time_point timer_due_ = time_point::max();
  bool closed_ = false;
};

// The raft_peer of the other node: passes on to the link with the role named.
caf::actor spawn_raft_front(caf::actor_system& system, const caf::actor& link);

}  // namespace troupe::actors::link
