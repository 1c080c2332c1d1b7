// One run of a probe: its deadline, and what it holds open, so that the deadline or a cancel can
// end it at any moment. The coroutine that does the run shares it and finds its operations aborted.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "actors/health/check_result.hpp"
#include "actors/health/probes/probe_environment.hpp"
#include "actors/health/probes/target_url.hpp"

namespace troupe::actors {

// Beware in coroutines: GCC 12 destroys temporaries made by braces inside a co_await or co_return
// expression twice. Name such a value first, or have a function make it.

// co_await something(..., as_result) gives the error code (and what else there is) and never
// throws.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

class probe_run : public std::enable_shared_from_this<probe_run> {
 public:
  using done_function = std::function<void(check_result)>;
  using tcp = boost::asio::ip::tcp;

  probe_run(probe_environment& environment, std::chrono::nanoseconds timeout);

  // Runs the coroutine; `done` gets its result unless the run is abandoned before.
  static void launch(const std::shared_ptr<probe_run>& run,
                     boost::asio::awaitable<check_result> work, done_function done);

  // The result will not be asked for.
  void abandon();

  bool timed_out() const { return timed_out_; }
  probe_environment& environment() { return *environment_; }
  tcp::socket& socket() { return socket_; }

  // What the deadline and abandon() do beyond closing the socket; must not throw.
  void on_abort(std::function<void()> action) { on_abort_ = std::move(action); }

  // Addresses of the host; `error` in Go's words if there are none.
  struct addresses {
    tcp::resolver::results_type list;
    std::string error;
  };
  // `network`, for the error's text, is a literal.
  boost::asio::awaitable<addresses> resolve(host_and_port peer, std::string_view network);

  // Connects the socket, address by address. Returns "" or what went wrong, in Go's words.
  boost::asio::awaitable<std::string> dial(host_and_port peer);

 private:
  void abort();

  probe_environment* environment_;
  boost::asio::steady_timer deadline_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  std::function<void()> on_abort_;
  bool timed_out_ = false;
  bool abandoned_ = false;
};

struct tls_options {
  bool verify = true;
  std::string server_name;  // expected in the certificate and sent as SNI
  std::string protocol;     // ALPN; empty: none
};

using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

struct tls_session {
  std::unique_ptr<tls_stream> stream;  // null: see error
  std::string error;
};

// TLS over the run's connected socket.
boost::asio::awaitable<tls_session> start_tls(std::shared_ptr<probe_run> run, tls_options options);

}  // namespace troupe::actors
