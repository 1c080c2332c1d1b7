#include "bench/constant_server.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace troupe::bench {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

class connection : public std::enable_shared_from_this<connection> {
 public:
  explicit connection(tcp::socket socket) : stream_(std::move(socket)) {}

  void read() {
    parser_.emplace();
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code failed, std::size_t) {
                       if (!failed)
                         self->answer();
                     });
  }

 private:
  void answer() {
    response_ = {http::status::ok, 11};
    response_.set(http::field::content_type, "application/json");
    response_.set("X-Consul-Index", "42");
    response_.body() =
        R"([{"LockIndex":0,"Key":"bench/0","Flags":0,"Value":"eHh4","CreateIndex":1}])";
    response_.keep_alive(parser_->get().keep_alive());
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = shared_from_this()](beast::error_code failed, std::size_t) {
                        if (!failed)
                          self->read();
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
};

// Deals connections out to the threads in turn.
class listener {
 public:
  listener(std::deque<asio::io_context>& loops, int port)
      : loops_(loops),
        acceptor_(loops.front(), tcp::endpoint(asio::ip::address_v4::loopback(),
                                               static_cast<std::uint16_t>(port))) {}

  void accept() {
    auto& loop = loops_[next_++ % loops_.size()];
    acceptor_.async_accept(loop, [this, &loop](beast::error_code failed, tcp::socket socket) {
      if (!failed) {
        socket.set_option(tcp::no_delay(true));
        auto fresh = std::make_shared<connection>(std::move(socket));
        asio::post(loop, [fresh] { fresh->read(); });
      }
      accept();
    });
  }

 private:
  std::deque<asio::io_context>& loops_;
  tcp::acceptor acceptor_;
  std::size_t next_ = 0;
};

}  // namespace

void serve_constant(int port, int threads) {
  std::deque<asio::io_context> loops;
  for (int i = 0; i < threads; ++i)
    loops.emplace_back(1);
  listener all(loops, port);
  all.accept();
  std::vector<std::thread> running;
  running.reserve(loops.size());
  for (auto& loop : loops) {
    running.emplace_back([&loop] {
      const auto work = asio::make_work_guard(loop);
      loop.run();
    });
  }
  for (auto& each : running)
    each.join();
}

}  // namespace troupe::bench
