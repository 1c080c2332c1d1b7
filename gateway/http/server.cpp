#include "gateway/http/server.hpp"

#include <chrono>
#include <filesystem>
#include <latch>
#include <unordered_map>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/http/lane.hpp"

namespace troupe::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

using namespace std::chrono_literals;

// Out of descriptors, accept() fails at once, again and again: a pause instead of a busy loop.
constexpr auto accept_pause = 100ms;

constexpr std::string_view too_many_text =
    "Your IP is issuing too many concurrent connections, please rate limit your calls\n";

std::string address_of(const tcp::socket& client) {
  boost::system::error_code failed;
  const auto endpoint = client.remote_endpoint(failed);
  if (failed)
    return {};
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

std::string address_of(const stream_protocol::socket& /*client*/) {
  return {};
}

void prepare(tcp::socket& client) {
  boost::system::error_code ignored;
  client.set_option(tcp::no_delay(true), ignored);
}

void prepare(stream_protocol::socket& /*client*/) {}

template <class Socket>
void refuse_crowd(Socket& client) {
  const std::string text =
      "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain\r\n"
      "Content-Length: " +
      std::to_string(too_many_text.size()) + "\r\nConnection: close\r\n\r\n" +
      std::string(too_many_text);
  (void)::send(client.native_handle(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  boost::system::error_code ignored;
  client.close(ignored);
}

// Cancels what they wait for, too.
template <class Listeners>
void close_all(Listeners& listeners) {
  boost::system::error_code ignored;
  for (const auto& each : listeners) {
    each->acceptor.close(ignored);
    each->pause.cancel();
  }
  listeners.clear();
}

failure io_failure(const std::string& what, const boost::system::error_code& why) {
  return {errc::io, what + ": " + why.message()};
}

}  // namespace

// Everything but the lanes' insides belongs to the first io_thread.
struct http_server::parts : std::enable_shared_from_this<parts> {
  explicit parts(asio::io_context& first) : io(first) {}

  template <class Protocol>
  struct listener {
    listener(asio::io_context& context) : acceptor(context), pause(context) {}
    typename Protocol::acceptor acceptor;
    asio::steady_timer pause;
  };

  template <class Protocol>
  void accept(std::shared_ptr<listener<Protocol>> from) {
    auto& to = *lanes[next];
    next = (next + 1) % lanes.size();
    from->acceptor.async_accept(
        to.io(), [self = shared_from_this(), from, &to](const boost::system::error_code& failed,
                                                        typename Protocol::socket client) {
          if (self->stopped)
            return;
          if (!failed)
            self->deal(to, std::move(client));
          else if (failed != asio::error::connection_aborted)
            return self->pause(from);
          self->accept<Protocol>(from);
        });
  }

  template <class Protocol>
  void pause(std::shared_ptr<listener<Protocol>> from) {
    from->pause.expires_after(accept_pause);
    from->pause.async_wait(
        [self = shared_from_this(), from](const boost::system::error_code& cancelled) {
          if (!cancelled && !self->stopped)
            self->accept<Protocol>(from);
        });
  }

  template <class Socket>
  void deal(lane& to, Socket client) {
    auto address = address_of(client);
    if (!address.empty() && options.connections_per_client_max > 0) {
      auto& count = of_client[address];
      if (count >= options.connections_per_client_max)
        return refuse_crowd(client);
      ++count;
    }
    prepare(client);
    asio::post(to.io(), [&to, client = connection::socket(std::move(client)),
                         address = std::move(address)]() mutable {
      to.adopt(std::move(client), std::move(address));
    });
  }

  void on_closed(const std::string& address) {
    const auto found = of_client.find(address);
    if (found != of_client.end() && --found->second == 0)
      of_client.erase(found);
  }

  asio::io_context& io;
  connection_options options;
  std::vector<std::unique_ptr<lane>> lanes;
  std::size_t next = 0;
  std::vector<std::shared_ptr<listener<tcp>>> over_tcp;
  std::vector<std::shared_ptr<listener<stream_protocol>>> over_unix;
  std::vector<std::string> unix_paths;
  std::unordered_map<std::string, int> of_client;  // open connections
  bool stopped = false;                            // on the first io_thread
  bool was_stopped = false;                        // by stop()
};

http_server::http_server(const std::vector<server_lane>& lanes, connection_options options)
    : parts_(std::make_shared<parts>(lanes.front().thread->context())) {
  parts_->options = options;
  for (const auto& each : lanes) {
    auto on_closed = [weak = std::weak_ptr(parts_), &io = parts_->io](const std::string& address) {
      if (address.empty())
        return;
      asio::post(io, [weak, address] {
        if (const auto self = weak.lock())
          self->on_closed(address);
      });
    };
    parts_->lanes.push_back(
        std::make_unique<lane>(each.thread->context(), each.entry, options, std::move(on_closed)));
    asio::post(each.thread->context(), [made = parts_->lanes.back().get()] { made->start(); });
  }
}

http_server::~http_server() {
  stop();
}

result<std::uint16_t> http_server::listen_tcp(const std::string& address, std::uint16_t port) {
  boost::system::error_code failed;
  const auto ip = asio::ip::make_address(address, failed);
  if (failed)
    return io_failure("bad address " + address, failed);
  auto made = std::make_shared<parts::listener<tcp>>(parts_->io);
  const tcp::endpoint endpoint(ip, port);
  auto& acceptor = made->acceptor;
  const auto where = "cannot listen on " + address + ":" + std::to_string(port);
  if (acceptor.open(endpoint.protocol(), failed); failed)
    return io_failure(where, failed);
  acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (acceptor.bind(endpoint, failed); failed)
    return io_failure(where, failed);
  if (acceptor.listen(asio::socket_base::max_listen_connections, failed); failed)
    return io_failure(where, failed);
  const auto bound = acceptor.local_endpoint(failed).port();
  asio::post(parts_->io, [self = parts_, made] {
    self->over_tcp.push_back(made);
    self->accept<tcp>(made);
  });
  return bound;
}

result<void> http_server::listen_unix(const std::string& given) {
  constexpr std::string_view scheme = "unix://";
  const auto path = given.starts_with(scheme) ? given.substr(scheme.size()) : given;
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return failure{errc::io, "cannot listen on " + given + ": the path is empty or too long"};
  std::error_code ignored;
  if (std::filesystem::is_socket(path, ignored))
    std::filesystem::remove(path, ignored);
  boost::system::error_code failed;
  auto made = std::make_shared<parts::listener<stream_protocol>>(parts_->io);
  const auto where = "cannot listen on " + given;
  if (made->acceptor.open(stream_protocol(), failed); failed)
    return io_failure(where, failed);
  if (made->acceptor.bind(stream_protocol::endpoint(path), failed); failed)
    return io_failure(where, failed);
  if (made->acceptor.listen(asio::socket_base::max_listen_connections, failed); failed)
    return io_failure(where, failed);
  asio::post(parts_->io, [self = parts_, made, path] {
    self->over_unix.push_back(made);
    self->unix_paths.push_back(path);
    self->accept<stream_protocol>(made);
  });
  return {};
}

void http_server::stop() {
  if (std::exchange(parts_->was_stopped, true))
    return;
  std::latch closed(1);
  asio::post(parts_->io, [this, &closed] {
    parts_->stopped = true;
    close_all(parts_->over_tcp);
    close_all(parts_->over_unix);
    std::error_code ignored;
    for (const auto& path : parts_->unix_paths)
      std::filesystem::remove(path, ignored);
    closed.count_down();
  });
  closed.wait();
  std::latch empty(static_cast<std::ptrdiff_t>(parts_->lanes.size()));
  for (const auto& each : parts_->lanes)
    asio::post(each->io(),
               [&empty, home = each.get()] { home->shut([&empty] { empty.count_down(); }); });
  empty.wait();
}

}  // namespace troupe::gateway
