#include "actors/gossip/gossip_sockets.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "actors/runtime/go_words.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace asio = boost::asio;
namespace limits = messages::limits;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using messages::errc;
using messages::failure;
using messages::result;
using time_point = std::chrono::steady_clock::time_point;

namespace {

asio::ip::address to_asio(const ip_address& address) {
  const auto bytes = address.bytes();
  if (address.is_v4()) {
    asio::ip::address_v4::bytes_type v4;
    std::copy(bytes.begin(), bytes.end(), v4.begin());
    return asio::ip::address_v4(v4);
  }
  asio::ip::address_v6::bytes_type v6{};
  std::copy(bytes.begin(), bytes.end(), v6.begin());
  return asio::ip::address_v6(v6);
}

ip_address from_asio(const asio::ip::address& address) {
  const auto of = [](const auto& bytes) {
    return ip_address::from_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  return address.is_v4() ? of(address.to_v4().to_bytes()) : of(address.to_v6().to_bytes());
}

template <class Endpoint>
Endpoint to_asio(const endpoint& where) {
  return Endpoint(to_asio(where.address), where.port);
}

// No port if it is neither IPv4 nor IPv6.
endpoint endpoint_of(const sockaddr_storage& from) {
  const auto text = [](const auto& bytes) {
    return std::string_view{reinterpret_cast<const char*>(&bytes), sizeof bytes};
  };
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    return {ip_address::from_bytes(text(v4.sin_addr)), ntohs(v4.sin_port)};
  }
  if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    return {ip_address::from_bytes(text(v6.sin6_addr)), ntohs(v6.sin6_port)};
  }
  return {};
}

// Refused and unreachable are of the other side's making.
bool is_of_target(const error_code& why) {
  return why == asio::error::connection_refused || why == asio::error::host_unreachable ||
         why == asio::error::network_unreachable || why == asio::error::host_not_found;
}

// As much as the system gives, from what memberlist asks for downwards.
void ask_for_receive_buffer(udp::socket& socket) {
  error_code why;
  for (int bytes = limits::gossip_receive_buffer_bytes; bytes > 0; bytes /= 2) {
    socket.set_option(udp::socket::receive_buffer_size(bytes), why);
    if (!why)
      return;
  }
}

}  // namespace

struct gossip_sockets::parts : std::enable_shared_from_this<parts> {
  parts(asio::io_context& at, socket_settings given)
      : io(at),
        settings(std::move(given)),
        packets(at),
        door(at),
        names(at),
        retry(at),
        alarm(at) {}

  result<void> open();
  result<void> open_at(const endpoint& where);
  void close();

  void await_datagrams();
  void read_datagrams();
  void accept();
  void answer(tcp::socket accepted);
  class counted_stream;

  asio::io_context& io;
  socket_settings settings;
  udp::socket packets;
  tcp::acceptor door;
  tcp::resolver names;
  asio::steady_timer retry;  // of accepting, once the process is out of descriptors
  asio::steady_timer alarm;
  handlers handle;
  bool is_closed = false;
  std::size_t inbound = 0;
  std::size_t inbound_bytes = 0;
};

namespace {

using answer_bytes = gossip_sockets::answer_bytes;

// One connection: a message one way, at most one back, and a deadline over all.
class stream_run : public std::enable_shared_from_this<stream_run> {
 public:
  stream_run(tcp::socket over, const wire::frame_settings& frames, keyring* ring,
             wire::stream_side from)
      : socket(std::move(over)),
        deadline_(socket.get_executor()),
        reader(std::make_unique<wire::stream_reader>(frames, ring, from)) {}

  void end_at(time_point when) {
    deadline_.expires_at(when);
    wait_for_deadline();
  }
  void end_after(std::chrono::nanoseconds time) {
    deadline_.expires_after(time);
    wait_for_deadline();
  }
  void wait_for_deadline() {
    deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (cancelled)
        return;
      self->timed_out = true;
      error_code ignored;
      self->socket.close(ignored);
    });
  }

  // Until the message is whole or broken, the other side ends, or taking says no. The keyring may
  // be gone once taking says no: nothing is fed then.
  void read(std::function<bool(std::size_t)> take, std::function<void(const error_code&)> done) {
    if (!chunk_)
      chunk_ = std::make_unique<chunk>();
    socket.async_read_some(
        asio::buffer(*chunk_), [self = shared_from_this(), take = std::move(take),
                                done = std::move(done)](const error_code& why, std::size_t bytes) {
          if (why == asio::error::eof)
            self->reader->end();
          if (why)
            return done(why);
          if (!take(bytes))
            return done(asio::error::no_memory);
          const auto progress = self->reader->feed({self->chunk_->data(), bytes});
          if (progress == wire::stream_reader::progress::more)
            return self->read(take, done);
          self->chunk_.reset();
          done({});
        });
  }

  void write(answer_bytes bytes, std::function<void(const error_code&)> done) {
    out_ = std::move(bytes);
    asio::async_write(socket, asio::buffer(*out_),
                      [self = shared_from_this(), done = std::move(done)](
                          const error_code& why, std::size_t) { done(why); });
  }

  void finish() {
    deadline_.cancel();
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
  }

  tcp::socket socket;
  bool timed_out = false;

 private:
  using chunk = std::array<char, 16'384>;

  asio::steady_timer deadline_;
  std::unique_ptr<chunk> chunk_;  // while it reads
  answer_bytes out_;

 public:
  std::unique_ptr<wire::stream_reader> reader;
};

}  // namespace

// -- opening and closing ---------------------------------------------------------------

result<void> gossip_sockets::parts::open_at(const endpoint& where) {
  const auto stream_at = to_asio<tcp::endpoint>(where);
  const auto fail = [&](const char* what, const error_code& why) {
    packets.close();
    door.close();
    return failure{errc::io, fmt::format("Failed to start {} listener on \"{}\": {}", what,
                                         where.text(), why.message())};
  };
  error_code why;
  door.open(stream_at.protocol(), why);
  if (!why)
    door.set_option(tcp::acceptor::reuse_address(true), why);
  if (!why)
    door.bind(stream_at, why);
  if (!why)
    door.listen(tcp::acceptor::max_listen_connections, why);
  if (why)
    return fail("TCP", why);
  const udp::endpoint packets_at(stream_at.address(), door.local_endpoint().port());
  packets.open(packets_at.protocol(), why);
  if (!why)
    packets.bind(packets_at, why);
  if (why)
    return fail("UDP", why);
  return {};
}

result<void> gossip_sockets::parts::open() {
  constexpr int tries = 10;  // a port that is free for TCP may be taken for UDP
  result<void> opened = open_at(settings.bind);
  for (int i = 1; i < tries && !opened && settings.bind.port == 0; ++i)
    opened = open_at(settings.bind);
  if (!opened)
    return opened;
  settings.bind.port = door.local_endpoint().port();
  error_code ignored;
  packets.non_blocking(true, ignored);
  door.non_blocking(true, ignored);
  ask_for_receive_buffer(packets);
  return {};
}

void gossip_sockets::parts::close() {
  is_closed = true;
  handle = {};
  error_code ignored;
  packets.close(ignored);
  door.close(ignored);
  names.cancel();
  retry.cancel();
  alarm.cancel();
}

result<std::unique_ptr<gossip_sockets>> gossip_sockets::open(asio::io_context& io,
                                                             const socket_settings& settings) {
  auto made = std::make_shared<parts>(io, settings);
  if (auto opened = made->open(); !opened)
    return opened.error();
  return std::unique_ptr<gossip_sockets>(new gossip_sockets(std::move(made)));
}

gossip_sockets::gossip_sockets(std::shared_ptr<parts> made) : parts_(std::move(made)) {}

gossip_sockets::~gossip_sockets() {
  parts_->close();
}

endpoint gossip_sockets::local() const {
  return parts_->settings.bind;
}

void gossip_sockets::start(handlers handle) {
  parts_->handle = std::move(handle);
  parts_->await_datagrams();
  parts_->accept();
}

// -- datagrams ---------------------------------------------------------------------------

void gossip_sockets::parts::await_datagrams() {
  packets.async_wait(udp::socket::wait_read, [self = shared_from_this()](const error_code& why) {
    if (self->is_closed || why == asio::error::operation_aborted)
      return;
    self->read_datagrams();
    if (!self->is_closed)
      self->await_datagrams();
  });
}

// Several at a time: when there were fewer, no call is needed to learn that there is no more.
void gossip_sockets::parts::read_datagrams() {
  constexpr std::size_t batch = 4;
  // On the stack, where a thread of many members has them but once.
  std::array<std::array<char, limits::gossip_datagram_bytes_max>, batch> bytes;
  std::array<sockaddr_storage, batch> from;
  std::array<iovec, batch> where;
  std::array<mmsghdr, batch> heads;
  for (std::size_t taken = 0; taken < limits::gossip_datagrams_a_turn && !is_closed;) {
    for (std::size_t i = 0; i < batch; ++i) {
      where[i] = {bytes[i].data(), bytes[i].size()};
      heads[i] = {};
      heads[i].msg_hdr.msg_name = &from[i];
      heads[i].msg_hdr.msg_namelen = sizeof from[i];
      heads[i].msg_hdr.msg_iov = &where[i];
      heads[i].msg_hdr.msg_iovlen = 1;
    }
    const int count = recvmmsg(packets.native_handle(), heads.data(), batch, MSG_DONTWAIT, nullptr);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      break;
    taken += count < 0 ? 1 : static_cast<std::size_t>(count);  // below 0: what came back for one
    for (int i = 0; i < count && !is_closed; ++i)              // that was sent earlier
      if (const auto sender = endpoint_of(from[i]); sender.port != 0)
        handle.on_datagram({bytes[i].data(), heads[i].msg_len}, sender);
    if (count >= 0 && static_cast<std::size_t>(count) < batch)
      break;
  }
  if (!is_closed)
    handle.on_datagrams_end();
}

gossip_sockets::sending gossip_sockets::send(const endpoint& to, std::string_view datagram) {
  if (parts_->is_closed || to.address.is_none() || to.port == 0)
    return sending::failed;
  error_code why;
  parts_->packets.send_to(asio::buffer(datagram), to_asio<udp::endpoint>(to), 0, why);
  if (!why)
    return sending::sent;
  return is_of_target(why) ? sending::refused_by_target : sending::failed;
}

// -- streams that others dial ------------------------------------------------------------------

void gossip_sockets::parts::accept() {
  door.async_accept([self = shared_from_this()](const error_code& why, tcp::socket accepted) {
    if (self->is_closed || why == asio::error::operation_aborted)
      return;
    if (why) {
      // Out of descriptors: others must end first.
      self->retry.expires_after(limits::gossip_accept_retry);
      self->retry.async_wait([self](const error_code& cancelled) {
        if (!cancelled && !self->is_closed)
          self->accept();
      });
      return;
    }
    self->accept();
    if (self->inbound < limits::gossip_inbound_streams_max)  // else closed without an answer
      self->answer(std::move(accepted));
  });
}

// What a stream that another dialled has of the limits.
class gossip_sockets::parts::counted_stream {
 public:
  explicit counted_stream(std::shared_ptr<parts> of) : of_(std::move(of)) { ++of_->inbound; }
  counted_stream(const counted_stream&) = delete;
  counted_stream& operator=(const counted_stream&) = delete;
  ~counted_stream() { give_back(); }

  bool take(std::size_t bytes) {
    bytes_ += bytes;
    of_->inbound_bytes += bytes;
    return !of_->is_closed && of_->inbound_bytes <= limits::gossip_inbound_bytes_max;
  }
  void give_back() {
    if (!std::exchange(counts_, false))
      return;
    --of_->inbound;
    of_->inbound_bytes -= bytes_;
  }

 private:
  const std::shared_ptr<parts> of_;
  std::size_t bytes_ = 0;
  bool counts_ = true;
};

void gossip_sockets::parts::answer(tcp::socket accepted) {
  auto run = std::make_shared<stream_run>(std::move(accepted), settings.frames, settings.ring,
                                          wire::stream_side::dialler);
  run->end_after(settings.stream_timeout);
  const auto counted = std::make_shared<counted_stream>(shared_from_this());
  run->read([counted](std::size_t bytes) { return counted->take(bytes); },
            [self = shared_from_this(), run, counted](const error_code& broken) {
              if (broken || self->is_closed)
                return run->finish();
              auto is_answered = std::make_shared<bool>(false);
              self->handle.on_request(*run->reader, [run, counted, is_answered](answer_bytes told) {
                *is_answered = true;
                if (!told || told->empty())
                  return run->finish();
                run->write(std::move(told), [run, counted](const error_code&) { run->finish(); });
              });
              run->reader.reset();
              if (!*is_answered)  // it waits: whoever holds it counts it
                counted->give_back();
            });
}

// -- streams dialled -----------------------------------------------------------------------

void gossip_sockets::exchange(const endpoint& to, std::string request, time_point deadline,
                              answer_handler done) {
  auto run = std::make_shared<stream_run>(tcp::socket(parts_->io), parts_->settings.frames,
                                          parts_->settings.ring, wire::stream_side::answerer);
  const auto finish = [run, owner = parts_, done = std::move(done)](answer what) {
    run->finish();
    if (!owner->is_closed)
      done(std::move(what));
  };
  using wording = std::string(std::string_view, std::string_view, const error_code&);
  const auto fail = [run, to, finish](wording* put, const char* what, const error_code& why) {
    const error_code told = run->timed_out ? asio::error::timed_out : why;
    finish(failure{run->timed_out ? errc::timed_out : errc::io, put(what, to.text(), told)});
  };
  run->end_at(deadline);
  run->socket.async_connect(
      to_asio<tcp::endpoint>(to), [run, owner = parts_, finish, fail, request = std::move(request)](
                                      const error_code& refused) mutable {
        if (refused)
          return fail(go_dial_error, "tcp", refused);
        auto bytes = std::make_shared<const std::string>(std::move(request));
        run->write(std::move(bytes), [run, owner, finish, fail](const error_code& unwritten) {
          if (unwritten)
            return fail(go_stream_error, "write tcp", unwritten);
          run->read([owner](std::size_t) { return !owner->is_closed; },
                    [run, finish, fail](const error_code& unread) {
                      if (unread)
                        return fail(go_stream_error, "read tcp", unread);
                      if (run->reader->why() != wire::frame_error::none)
                        return finish(failure{errc::io, wire::to_text(run->reader->why())});
                      finish(std::move(run->reader));
                    });
        });
      });
}

void gossip_sockets::wake_at(time_point when) {
  parts_->alarm.expires_at(when);
  parts_->alarm.async_wait([own = parts_](const error_code& cancelled) {
    if (!cancelled && !own->is_closed)
      own->handle.on_wake();
  });
}

void gossip_sockets::resolve(const std::string& host, std::uint16_t port,
                             std::function<void(resolved)> done) {
  parts_->names.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [owner = parts_, host, done = std::move(done)](const error_code& why,
                                                     const tcp::resolver::results_type& found) {
        if (owner->is_closed)
          return;
        if (why)
          return done(failure{errc::io, go_lookup_words(host, why)});
        std::vector<endpoint> all;
        for (const auto& each : found)
          all.push_back({from_asio(each.endpoint().address()), each.endpoint().port()});
        done(std::move(all));
      });
}

}  // namespace troupe::actors::gossip
