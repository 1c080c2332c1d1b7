#include "actors/link/handshake.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>

#include "actors/link/greeting.hpp"
#include "actors/runtime/go_words.hpp"

namespace troupe::actors::link {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

// The kernel notices a peer that is gone even when nobody pings over this connection.
void set_socket_options(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof(value));
  };
  set(TCP_KEEPIDLE, 15);
  set(TCP_KEEPINTVL, 5);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 30'000);
  socket.native_non_blocking(true, ignored);
}

// One socket until it carries frames: a greeting each way, one deadline for all of it. Ends exactly
// once, by release() or fail().
class exchange : public std::enable_shared_from_this<exchange> {
 public:
  exchange(tcp::socket socket, std::function<void(std::string why)> on_failed)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        on_failed_(std::move(on_failed)) {}

  tcp::socket& socket() { return socket_; }

  void arm(std::chrono::nanoseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled)
        self->fail("i/o timeout");
    });
  }

  void send(std::string frame, std::function<void()> then) {
    outgoing_ = std::move(frame);
    asio::async_write(
        socket_, asio::buffer(outgoing_),
        [self = shared_from_this(), then = std::move(then)](const error_code& why, std::size_t) {
          if (why)
            self->fail(go_words(why));
          else if (!self->over_)
            then();
        });
  }

  void receive(std::function<void(std::string_view body)> then) {
    incoming_.resize(greeting_header_bytes);
    asio::async_read(socket_, asio::buffer(incoming_),
                     [self = shared_from_this(), then = std::move(then)](const error_code& why,
                                                                         std::size_t) mutable {
                       if (why)
                         return self->fail(go_words(why));
                       const auto length = greeting_body_length(self->incoming_);
                       if (!length)
                         return self->fail(length.error().detail);
                       self->receive_body(*length, std::move(then));
                     });
  }

  void fail(std::string why) {
    if (std::exchange(over_, true))
      return;
    close();
    auto tell = std::exchange(on_failed_, nullptr);
    tell(std::move(why));
  }

  connected release(messages::LinkGreeting peer) {
    over_ = true;
    on_failed_ = nullptr;
    timer_.cancel();
    connected made;
    error_code unknown;
    made.peer_address = socket_.remote_endpoint(unknown).address().to_string();
    made.stream = make_plain_stream(socket_.release(unknown));
    made.peer = std::move(peer);
    return made;
  }

  bool is_over() const { return over_; }

 private:
  void receive_body(std::size_t length, std::function<void(std::string_view)> then) {
    incoming_.resize(length);
    asio::async_read(
        socket_, asio::buffer(incoming_),
        [self = shared_from_this(), then = std::move(then)](const error_code& why, std::size_t) {
          if (why)
            self->fail(go_words(why));
          else if (!self->over_)
            then(self->incoming_);
        });
  }

  void close() {
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  std::function<void(std::string)> on_failed_;
  std::string outgoing_;
  std::string incoming_;
  bool over_ = false;
};

result<tcp::endpoint> parse_endpoint(const socket_address& one) {
  error_code bad;
  const auto address = asio::ip::make_address(one.address, bad);
  if (bad)
    return failure{errc::io, "lookup " + one.address + ": no such host"};
  return tcp::endpoint(address, one.port);
}

// Consul dials from the address it is bound to.
error_code open_socket(tcp::socket& socket, const tcp::endpoint& to, const std::string& from) {
  error_code why;
  if (socket.open(to.protocol(), why); why || from.empty())
    return why;
  const auto address = asio::ip::make_address(from, why);
  if (!why && address.is_v4() == to.address().is_v4() && !address.is_unspecified())
    socket.bind({address, 0}, why);
  return why;
}

}  // namespace

std::string to_text(const socket_address& one) {
  const bool v6 = one.address.find(':') != std::string::npos;
  return (v6 ? "[" + one.address + "]" : one.address) + ":" + std::to_string(one.port);
}

void dial(asio::io_context& io, const dial_plan& plan,
          std::function<void(result<connected>)> done) {
  auto shared_done = std::make_shared<std::function<void(result<connected>)>>(std::move(done));
  auto attempt = std::make_shared<exchange>(tcp::socket(io), [shared_done](std::string why) {
    (*shared_done)(failure{errc::io, std::move(why)});
  });
  const auto fail_later = [&](std::string why) {
    asio::post(io, [attempt, why = std::move(why)]() mutable { attempt->fail(std::move(why)); });
  };
  const auto target = parse_endpoint(plan.to);
  if (!target)
    return fail_later(target.error().detail);
  if (const auto why = open_socket(attempt->socket(), *target, plan.from_address))
    return fail_later("bind: " + go_words(why));
  attempt->arm(plan.time);
  const auto on_verdict = [attempt, shared_done](std::string_view body) {
    const auto verdict = messages::result<messages::LinkVerdict>(parse_verdict(body));
    if (!verdict)
      return attempt->fail(verdict.error().detail);
    if (!verdict->accepted())
      return attempt->fail("refused: " + verdict->reason());
    (*shared_done)(attempt->release(verdict->from()));
  };
  attempt->socket().async_connect(
      *target, [attempt, on_verdict, greeting = frame_greeting(plan.own)](const error_code& why) {
        if (why)
          return attempt->fail(go_connect_words(why));
        set_socket_options(attempt->socket());
        attempt->send(greeting, [attempt, on_verdict] { attempt->receive(on_verdict); });
      });
}

// -- listening ----------------------------------------------------------------------

struct listener::parts : std::enable_shared_from_this<listener::parts> {
  parts(asio::io_context& context, listener_needs given)
      : io(context), needs(std::move(given)), acceptor(context), pause(context) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& why, tcp::socket socket) {
      if (why == asio::error::operation_aborted || !self->acceptor.is_open())
        return;
      if (why)
        return self->accept_later();
      self->greet(std::move(socket));
      self->accept();
    });
  }

  void accept_later() {
    pause.expires_after(std::chrono::milliseconds{100});
    pause.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled)
        self->accept();
    });
  }

  void greet(tcp::socket socket) {
    error_code gone;
    const auto address = socket.remote_endpoint(gone).address().to_string();
    if (gone)
      return;
    set_socket_options(socket);
    auto self = shared_from_this();
    auto one = std::make_shared<exchange>(std::move(socket),
                                          [self](const std::string&) { self->needs.on_refused(); });
    keep(one);
    one->arm(needs.greeting_timeout);
    one->receive([self, one, address](std::string_view body) {
      auto greeting = parse_greeting(body);
      if (!greeting)
        return one->fail(greeting.error().detail);
      const auto verdict = self->needs.judge(*greeting, address);
      one->send(frame_greeting(verdict), [self, one, verdict, greeting = *greeting] {
        if (!verdict.accepted())
          return one->fail(verdict.reason());
        self->needs.on_connected(one->release(greeting));
      });
    });
  }

  void keep(const std::shared_ptr<exchange>& one) {
    std::erase_if(pending, [](const auto& other) {
      const auto held = other.lock();
      return !held || held->is_over();
    });
    if (pending.size() >= needs.pending_max) {
      if (const auto oldest = pending.front().lock())
        oldest->fail("too many connections wait for a greeting");
      pending.pop_front();
    }
    pending.push_back(one);
  }

  asio::io_context& io;
  listener_needs needs;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::list<std::weak_ptr<exchange>> pending;  // oldest first
};

listener::listener(asio::io_context& io, listener_needs needs)
    : parts_(std::make_shared<parts>(io, std::move(needs))) {}

listener::~listener() {
  error_code ignored;
  parts_->acceptor.close(ignored);
  parts_->pause.cancel();
  for (const auto& one : std::exchange(parts_->pending, {}))
    if (const auto held = one.lock())
      held->fail("this node is about to end");
}

result<std::uint16_t> listener::open(const socket_address& at) {
  const auto endpoint = parse_endpoint(at);
  if (!endpoint)
    return endpoint.error();
  error_code why;
  auto& acceptor = parts_->acceptor;
  acceptor.open(endpoint->protocol(), why);
  if (!why)
    acceptor.set_option(asio::socket_base::reuse_address(true), why);
  if (!why)
    acceptor.bind(*endpoint, why);
  if (!why)
    acceptor.listen(asio::socket_base::max_listen_connections, why);
  if (why)
    return failure{errc::io, "listen tcp " + to_text(at) + ": bind: " + go_words(why)};
  const auto port = acceptor.local_endpoint(why).port();
  parts_->accept();
  return port;
}

}  // namespace troupe::actors::link
