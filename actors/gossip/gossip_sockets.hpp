// The sockets of one pool member: datagrams and short streams on one address and port. It frames
// and unframes streams, counts what it holds, and ends what takes too long; it never looks inside a
// message.
//
// All of it runs on the thread of its io_context; it is to be ended there, or once that has
// stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/wire/stream_frame.hpp"
#include "messages/result.hpp"

namespace boost::asio {
class io_context;
}

namespace troupe::actors::gossip {

struct socket_settings {
  endpoint bind;  // port 0: one that is free for both
  // From a connection's beginning to its end, dialled or accepted.
  std::chrono::nanoseconds stream_timeout = std::chrono::seconds{10};
  wire::frame_settings frames;
  keyring* ring = nullptr;  // null: no encryption; outlives the sockets
};

class gossip_sockets {
 public:
  // Fails with errc::io and a line that names the address.
  static messages::result<std::unique_ptr<gossip_sockets>> open(boost::asio::io_context& io,
                                                                const socket_settings& settings);
  ~gossip_sockets();  // no callback comes any more
  gossip_sockets(const gossip_sockets&) = delete;
  gossip_sockets& operator=(const gossip_sockets&) = delete;

  // An answer, framed; many streams may share one. Null or empty: none.
  using answer_bytes = std::shared_ptr<const std::string>;
  // To be called once, at once or later.
  using reply = std::function<void(answer_bytes)>;

  struct handlers {
    std::function<void(std::string_view bytes, const endpoint& from)> on_datagram;
    // All datagrams that were there at once have been handed over, or as many as a turn may take.
    std::function<void()> on_datagrams_end;
    // A request that is whole, or is broken as why() says; it is gone when this returns.
    std::function<void(const wire::stream_reader& request, reply)> on_request;
    std::function<void()> on_wake = {};  // only after wake_at()
  };
  // Begins to receive.
  void start(handlers handle);

  enum class sending : std::uint8_t { sent, failed, refused_by_target };
  // At once or not at all: a datagram that does not fit into the socket's buffer is lost.
  sending send(const endpoint& to, std::string_view datagram);

  // Fails with errc::io or errc::timed_out and a text for people.
  using answer = messages::result<std::unique_ptr<wire::stream_reader>>;
  using answer_handler = std::function<void(answer)>;
  // Dials, sends `request` (framed), reads one message. `done` is called once, later.
  void exchange(const endpoint& to, std::string request,
                std::chrono::steady_clock::time_point deadline, answer_handler done);

  // on_wake() comes at this time, in place of the time asked for before.
  void wake_at(std::chrono::steady_clock::time_point when);

  using resolved = messages::result<std::vector<endpoint>>;
  // All addresses of a host's name. `done` is called once, later.
  void resolve(const std::string& host, std::uint16_t port, std::function<void(resolved)> done);

  endpoint local() const;  // what `bind` has become

 private:
  struct parts;
  explicit gossip_sockets(std::shared_ptr<parts> made);

  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::actors::gossip
