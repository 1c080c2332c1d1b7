// A server of the test's own: reads what a client sends, up to the end of a request's head, and
// answers what the test says. Lives on the test's io_context.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace troupe::actors {

class scripted_server {
 public:
  using tcp = boost::asio::ip::tcp;
  // The head of a request to the bytes of an answer; none: stays silent and keeps the connection.
  using script = std::function<std::optional<std::string>(const std::string& head)>;

  scripted_server(boost::asio::io_context& io, script answer,
                  boost::asio::ssl::context* tls = nullptr)
      : acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        answer_(std::move(answer)),
        tls_(tls) {
    boost::asio::co_spawn(io, serve(), boost::asio::detached);
  }

  std::string address() const { return "127.0.0.1:" + port(); }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  const std::vector<std::string>& heads() const { return heads_; }

 private:
  static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

  boost::asio::awaitable<void> serve() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(as_result);
      if (error)
        co_return;
      auto shared = std::make_shared<tcp::socket>(std::move(socket));
      connections_.push_back(shared);
      boost::asio::co_spawn(acceptor_.get_executor(), talk(shared), boost::asio::detached);
    }
  }

  boost::asio::awaitable<void> talk(std::shared_ptr<tcp::socket> socket) {
    if (tls_ == nullptr) {
      co_await exchange(*socket, *socket);
      co_return;
    }
    boost::asio::ssl::stream<tcp::socket&> stream(*socket, *tls_);
    auto [error] =
        co_await stream.async_handshake(boost::asio::ssl::stream_base::server, as_result);
    if (!error)
      co_await exchange(stream, *socket);
  }

  template <class Stream>
  boost::asio::awaitable<void> exchange(Stream& stream, tcp::socket& socket) {
    std::string head;
    auto buffer = boost::asio::dynamic_buffer(head);
    auto [error, bytes] =
        co_await boost::asio::async_read_until(stream, buffer, "\r\n\r\n", as_result);
    if (error)
      co_return;
    heads_.push_back(head);
    const auto answer = answer_(head);
    if (!answer)
      co_return;
    co_await boost::asio::async_write(stream, boost::asio::buffer(*answer), as_result);
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  tcp::acceptor acceptor_;
  script answer_;
  boost::asio::ssl::context* tls_;
  std::vector<std::string> heads_;
  std::vector<std::shared_ptr<tcp::socket>> connections_;
};

}  // namespace troupe::actors
