// The actor `link_porter`: the connections that other nodes made, as far as they live on one
// io_thread of this node. Unpacks their requests for the router of the same thread or the
// raft_peer, and sends what these answer back together with whatever else is ready by then. Judges
// nothing and keeps no deadlines of requests: those are of the link that asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <caf/message.hpp>

#include "actors/link/peer_link_actor.hpp"

namespace troupe::actors::link {

// Names a connection that another node made.
using inbound_number = messages::named<struct inbound_number_tag, std::uint64_t>;

struct link_porter_needs {
  link_options options;
  // Null: none of that kind here.
  router_actor router;
  raft_peer_actor raft_peer;
  // On the porter's thread.
  std::function<void(inbound_number)> on_end;
};

class link_porter : public io_actor<untyped_actor> {
 public:
  link_porter(caf::actor_config& config, io_thread& home, link_porter_needs needs)
      : io_actor(config, home), needs_(std::move(needs)) {}

  caf::behavior make_behavior() override;
  caf::invoke_message_result consume(caf::mailbox_element& message) override;
  const char* name() const override { return "link_porter"; }
  void on_exit() override;

  // -- from peer_links, from any thread ----------------------------------------------

  // on_end(number) follows, whatever becomes of it.
  void serve(inbound_number number, std::unique_ptr<byte_stream> stream);
  void hang_up(inbound_number number);

 private:
  struct connection {
    std::unique_ptr<frame_channel> channel{};
    time_point since{};
    std::optional<time_point> heard{};
    std::size_t under_way = 0;
    std::unordered_map<std::uint64_t, std::uint64_t> queries{};  // by name: the request's id here
    m::LinkFrame parcel{};                                       // not empty: dispatch() is to come
    std::size_t parcel_bytes = 0;
    bool dispatch_is_due = false;
    std::size_t confirmations = 0;  // in the parcel; they wait for company
    std::size_t confirmed_bytes = 0;
  };
  struct asked {
    inbound_number by;
    std::uint64_t ticket = 0;
    const message_kind* kind = nullptr;
    std::uint64_t query = 0;  // what a CancelQuery would name; 0: none
  };

  void open(inbound_number number, std::unique_ptr<byte_stream> stream);
  void on_frame(inbound_number number, const m::LinkFrame& frame);
  void unpack(inbound_number number, const m::LinkRequest& request);
  bool on_answer(caf::mailbox_element& message);
  void refuse(inbound_number to, std::uint64_t ticket, const messages::failure& why);
  void pack(inbound_number to, m::LinkAnswer answer);
  void confirm(inbound_number number, const m::LinkRequest& message);
  void dispatch_later(inbound_number number, connection& to);
  void dispatch(connection& to);
  void end(inbound_number number);
  void forget_query(connection& of, std::uint64_t query);
  void cancel(std::uint64_t query);
  void sweep();
  void sweep_later();
  time_point now() const;

  link_porter_needs needs_;
  std::map<inbound_number, connection> connections_;
  std::unordered_map<std::uint64_t, asked> under_way_;  // by the id of the request made here
  bool sweep_is_due_ = false;
};

}  // namespace troupe::actors::link
