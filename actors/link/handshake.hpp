// Connecting to another node, and being connected to, up to where frames begin: sockets and
// deadlines of Asio, the greeting each way. All on the thread of the io_context given. No CAF.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "actors/link/byte_stream.hpp"
#include "messages/limits.hpp"
#include "messages/link.pb.h"
#include "messages/result.hpp"

namespace boost::asio {
class io_context;
}

namespace troupe::actors::link {

struct socket_address {
  std::string address;  // an IP address; where a dial comes from: empty, whichever fits
  std::uint16_t port = 0;
};
std::string to_text(const socket_address& one);  // 127.0.0.1:8300, [::1]:8300

// Two nodes that know each other.
struct connected {
  std::unique_ptr<byte_stream> stream;
  messages::LinkGreeting peer;
  std::string peer_address;
};

struct dial_plan {
  socket_address to;
  std::string from_address;
  messages::LinkGreeting own;
  std::chrono::nanoseconds time = messages::limits::link_dial_timeout;  // for all of it
};

// Calls `done` exactly once, later. Fails with errc::io and the end of a sentence as its detail:
// "connect: connection refused", "i/o timeout".
void dial(boost::asio::io_context& io, const dial_plan& plan,
          std::function<void(messages::result<connected>)> done);

struct listener_needs {
  // Says whether a greeting is welcome; `from` of the answer is this node's greeting.
  std::function<messages::LinkVerdict(const messages::LinkGreeting&, const std::string& address)>
      judge;
  std::function<void(connected)> on_connected;
  std::function<void()> on_refused;  // not a greeting, not welcome, or too slow
  std::chrono::nanoseconds greeting_timeout = messages::limits::link_handshake_timeout;
  std::size_t pending_max = messages::limits::link_greetings_pending_max;
};

// Accepts connections until it ends. Of those that have not said who they are yet it holds so many:
// the oldest makes room for the next. Out of descriptors it pauses instead of spinning.
class listener {
 public:
  listener(boost::asio::io_context& io, listener_needs needs);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  // Port 0: any. The port; fails with errc::io.
  messages::result<std::uint16_t> open(const socket_address& at);

 private:
  struct parts;
  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::actors::link
