#include "gateway/dns/udp_door.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace asio = boost::asio;
namespace limits = messages::limits;
using asio::ip::udp;
using boost::system::error_code;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

constexpr std::size_t batch = 32;

// Room for where a datagram was sent to, either family.
struct control_room {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

// Only a socket that listens on all addresses must be told from which one to answer.
void ask_for_destination(udp::socket& socket, bool is_v6) {
  const int yes = 1;
  if (is_v6)
    setsockopt(socket.native_handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes);
  else
    setsockopt(socket.native_handle(), IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
}

void read_destination(msghdr& header, client_endpoint& from) {
  from.asked_at = {};
  for (auto* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo told{};
      std::memcpy(&told, CMSG_DATA(each), sizeof told);
      from.asked_at.length = 4;
      std::memcpy(from.asked_at.bytes.data(), &told.ipi_addr, 4);
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo told{};
      std::memcpy(&told, CMSG_DATA(each), sizeof told);
      from.asked_at.length = 16;
      std::memcpy(from.asked_at.bytes.data(), &told.ipi6_addr, 16);
    }
  }
}

template <class Info>
void write_control(msghdr& header, control_room& room, int level, int type, const Info& info) {
  header.msg_control = room.bytes.data();
  header.msg_controllen = CMSG_SPACE(sizeof info);
  auto* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

// The answer comes from where the question went.
void write_source(const client_endpoint& to, msghdr& header, control_room& room) {
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (to.asked_at.length == 4) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, to.asked_at.bytes.data(), 4);
    write_control(header, room, IPPROTO_IP, IP_PKTINFO, info);
  } else if (to.asked_at.length == 16) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, to.asked_at.bytes.data(), 16);
    write_control(header, room, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

struct incoming {
  std::array<mmsghdr, batch> headers{};
  std::array<iovec, batch> pieces{};
  std::array<client_endpoint, batch> from;
  std::array<control_room, batch> control;
  std::array<std::array<std::uint8_t, limits::dns_question_bytes_max>, batch> bytes;

  void prepare(bool wants_destination) {
    for (std::size_t i = 0; i < batch; ++i) {
      pieces[i] = {bytes[i].data(), bytes[i].size()};
      auto& header = headers[i].msg_hdr;
      header = {};
      header.msg_name = &from[i].address;
      header.msg_namelen = sizeof from[i].address;
      header.msg_iov = &pieces[i];
      header.msg_iovlen = 1;
      if (wants_destination) {
        header.msg_control = control[i].bytes.data();
        header.msg_controllen = control[i].bytes.size();
      }
    }
  }
};

struct outgoing {
  std::array<mmsghdr, batch> headers{};
  std::array<iovec, batch> pieces{};
  std::array<control_room, batch> control;
  std::array<std::array<std::uint8_t, limits::dns_udp_reply_bytes_max>, batch> bytes;
  std::size_t count = 0;

  void add(client_endpoint& to, std::size_t size) {
    pieces[count] = {bytes[count].data(), size};
    auto& header = headers[count].msg_hdr;
    header = {};
    header.msg_name = &to.address;
    header.msg_namelen = to.address_bytes;
    header.msg_iov = &pieces[count];
    header.msg_iovlen = 1;
    write_source(to, header, control[count]);
    ++count;
  }
};

}  // namespace

struct udp_door::parts {
  explicit parts(asio::io_context& at) : io(at), socket(at) {}

  // Out of room, what is left is lost, as datagrams are; a client that cannot be reached is
  // skipped.
  void flush() {
    std::size_t sent = 0;
    while (sent < out.count) {
      const int done = sendmmsg(socket.native_handle(), &out.headers[sent],
                                static_cast<unsigned>(out.count - sent), MSG_DONTWAIT);
      if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      sent += done > 0 ? static_cast<std::size_t>(done) : 1;
    }
    out.count = 0;
  }

  asio::io_context& io;
  udp::socket socket;
  std::shared_ptr<dns_entry> entry;
  bool wants_destination = false;
  bool stopped = false;
  incoming in;
  outgoing out;
};

udp_door::udp_door(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

udp_door::~udp_door() = default;

result<std::shared_ptr<udp_door>> udp_door::open(asio::io_context& io, const std::string& address,
                                                 std::uint16_t port,
                                                 std::shared_ptr<dns_entry> entry) {
  auto made = std::make_unique<parts>(io);
  made->entry = std::move(entry);
  error_code why;
  const auto ip = asio::ip::make_address(address, why);
  auto& socket = made->socket;
  const udp::endpoint where(ip, port);
  if (!why)
    socket.open(where.protocol(), why);
  if (!why && ip.is_v6())
    socket.set_option(asio::ip::v6_only(true), why);
  if (!why) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    socket.set_option(reuse_port(true), why);
  }
  if (!why)
    socket.bind(where, why);
  if (!why)
    socket.non_blocking(true, why);
  if (why)
    return failure{errc::io, "cannot listen on " + address + ":" + std::to_string(port) +
                                 " (UDP): " + why.message()};
  error_code ignored;
  socket.set_option(udp::socket::receive_buffer_size(limits::dns_receive_buffer_bytes), ignored);
  made->wants_destination = ip.is_unspecified();
  if (made->wants_destination)
    ask_for_destination(socket, ip.is_v6());
  return std::shared_ptr<udp_door>(new udp_door(std::move(made)));
}

void udp_door::start() {
  await();
}

void udp_door::stop() {
  parts_->stopped = true;
  error_code ignored;
  parts_->socket.close(ignored);
  parts_->entry.reset();
}

void udp_door::await() {
  parts_->socket.async_wait(
      udp::socket::wait_read,
      [self = std::static_pointer_cast<udp_door>(shared_from_this())](const error_code& why) {
        if (!why && !self->parts_->stopped)
          self->serve();
      });
}

void udp_door::serve() {
  auto& [io, socket, entry, wants_destination, stopped, in, out] = *parts_;
  for (std::size_t taken = 0; taken < limits::dns_datagrams_a_turn; taken += batch) {
    in.prepare(wants_destination);
    const int received =
        recvmmsg(socket.native_handle(), in.headers.data(), batch, MSG_DONTWAIT, nullptr);
    if (received <= 0)
      return await();
    for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
      auto& from = in.from[i];
      from.address_bytes = in.headers[i].msg_hdr.msg_namelen;
      if (wants_destination)
        read_destination(in.headers[i].msg_hdr, from);
      std::size_t bytes = 0;
      const auto outcome = entry->answer({in.bytes[i].data(), in.headers[i].msg_len},
                                         {.path = *this, .from = from, .over_tcp = false},
                                         out.bytes[out.count], bytes);
      if (outcome == handled::replied && bytes > 0)
        out.add(from, bytes);
    }
    parts_->flush();
    if (static_cast<std::size_t>(received) < batch)
      return await();
  }
  // There may be more; timers and other sockets first.
  asio::post(io, [self = std::static_pointer_cast<udp_door>(shared_from_this())] {
    if (!self->parts_->stopped)
      self->serve();
  });
}

void udp_door::send(const client_endpoint& to, std::span<const std::uint8_t> reply) {
  if (parts_->stopped || reply.empty())
    return;
  auto target = to;
  iovec piece{const_cast<std::uint8_t*>(reply.data()), reply.size()};
  control_room control;
  msghdr header{};
  header.msg_name = &target.address;
  header.msg_namelen = target.address_bytes;
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  write_source(target, header, control);
  (void)sendmsg(parts_->socket.native_handle(), &header, MSG_DONTWAIT);
}

}  // namespace troupe::gateway::dns
