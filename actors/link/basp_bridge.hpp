// Hands a connected stream to CAF's BASP and takes it away again. Bounds what CAF would trust: the
// size of a frame, and what a peer that does not read lets pile up. Uses basp_broker's own
// messages; never opens a connection itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/message.hpp>

#include "actors/link/byte_stream.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

struct frame_limits {
  std::size_t frame_bytes_max = messages::limits::link_frame_bytes_max;
  std::size_t unsent_bytes_max = messages::limits::link_unsent_bytes_max;
};

class basp_scribe;

// A connection that BASP has or had. Holds its descriptor: CAF names connections by their
// descriptor, so that one must not be used again before CAF has forgotten the connection. Let go of
// it some time after has_ended().
class basp_connection {
 public:
  basp_connection() = default;
  explicit basp_connection(std::shared_ptr<basp_scribe> scribe) : scribe_(std::move(scribe)) {}

  explicit operator bool() const { return scribe_ != nullptr; }
  bool operator==(const basp_connection&) const = default;

  // From any thread.
  bool has_ended() const;

 private:
  friend class basp_bridge;
  std::shared_ptr<basp_scribe> scribe_;
};

// From any thread.
class basp_bridge {
 public:
  explicit basp_bridge(caf::actor_system& system, frame_limits limits = {});

  basp_connection take(std::unique_ptr<byte_stream> stream);

  // The broker, and the request to it that makes a connection of the dialler's; answered by
  // (node_id, strong_actor_ptr, set<string>), the door of the other node, or by an error.
  const caf::actor& broker() const { return broker_; }
  static caf::message connect_request(const basp_connection& dialled);

  // The listener's side: the other node is given `door`. One door a process.
  void publish(const basp_connection& accepted, const caf::strong_actor_ptr& door);

  // Ends it now, whatever is unsent; everything known through it is told at once that it is gone.
  void drop(const basp_connection& connection);

 private:
  caf::actor_system* system_;
  frame_limits limits_;
  caf::actor broker_;
};

}  // namespace troupe::actors::link
