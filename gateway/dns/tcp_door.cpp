#include "gateway/dns/tcp_door.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/dns/tcp_connection.hpp"

namespace troupe::gateway::dns {

namespace asio = boost::asio;
namespace limits = messages::limits;
using asio::ip::tcp;
using boost::system::error_code;
using messages::errc;
using messages::failure;
using messages::result;

// The listener and the counts belong to the first lane; each lane's connections to that lane.
struct tcp_door::parts : std::enable_shared_from_this<parts> {
  struct lane {
    asio::io_context* io;
    std::shared_ptr<dns_entry> entry;
    std::unordered_set<std::shared_ptr<tcp_connection>> connections;
    bool stopped = false;
  };

  explicit parts(asio::io_context& first) : io(first), door(first), pause(first) {}

  void accept();
  void deal(tcp::socket client);
  void adopt(lane& to, tcp::socket client, const asio::ip::address& address);
  void on_closed(const asio::ip::address& address);

  asio::io_context& io;
  tcp::acceptor door;
  asio::steady_timer pause;
  std::vector<std::unique_ptr<lane>> lanes;
  std::size_t next = 0;
  std::size_t open = 0;
  std::map<asio::ip::address, std::size_t> of_client;
  bool stopped = false;
};

void tcp_door::parts::accept() {
  auto& to = *lanes[next];
  door.async_accept(*to.io, [self = shared_from_this()](const error_code& why, tcp::socket client) {
    if (self->stopped)
      return;
    if (!why) {
      self->deal(std::move(client));
      return self->accept();
    }
    // Out of descriptors, accept() fails at once, again and again.
    self->pause.expires_after(limits::dns_accept_pause);
    self->pause.async_wait([self](const error_code& cancelled) {
      if (!cancelled && !self->stopped)
        self->accept();
    });
  });
}

void tcp_door::parts::deal(tcp::socket client) {
  auto& to = *lanes[next];
  next = (next + 1) % lanes.size();
  error_code why;
  const auto address = client.remote_endpoint(why).address();
  if (why || open >= limits::dns_tcp_connections_max * lanes.size())
    return;
  auto& count = of_client[address];
  if (count >= limits::dns_tcp_connections_per_client_max)
    return;
  ++count;
  ++open;
  client.set_option(tcp::no_delay(true), why);
  asio::post(*to.io, [self = shared_from_this(), &to, client = std::move(client),
                      address]() mutable { self->adopt(to, std::move(client), address); });
}

void tcp_door::parts::adopt(lane& to, tcp::socket client, const asio::ip::address& address) {
  if (to.stopped)
    return;
  // Weak: a connection that is never told to end must not keep what keeps it.
  auto place = std::make_shared<std::weak_ptr<tcp_connection>>();
  auto made = std::make_shared<tcp_connection>(
      std::move(client), to.entry, [weak = weak_from_this(), &to, place, address] {
        const auto self = weak.lock();
        if (!self)
          return;
        if (const auto ended = place->lock())
          to.connections.erase(ended);
        asio::post(self->io, [self, address] { self->on_closed(address); });
      });
  *place = made;
  to.connections.insert(made);
  made->start();
}

void tcp_door::parts::on_closed(const asio::ip::address& address) {
  --open;
  const auto found = of_client.find(address);
  if (found != of_client.end() && --found->second == 0)
    of_client.erase(found);
}

tcp_door::tcp_door(std::shared_ptr<parts> made) : parts_(std::move(made)) {}

tcp_door::~tcp_door() = default;

result<std::shared_ptr<tcp_door>> tcp_door::open(const std::vector<tcp_lane>& lanes,
                                                 const std::string& address, std::uint16_t port) {
  auto made = std::make_shared<parts>(*lanes.front().io);
  for (const auto& each : lanes)
    made->lanes.push_back(
        std::make_unique<parts::lane>(parts::lane{each.io, each.entry, {}, false}));
  error_code why;
  const auto ip = asio::ip::make_address(address, why);
  const tcp::endpoint where(ip, port);
  auto& door = made->door;
  if (!why)
    door.open(where.protocol(), why);
  if (!why)
    door.set_option(tcp::acceptor::reuse_address(true), why);
  if (!why && ip.is_v6())
    door.set_option(asio::ip::v6_only(true), why);
  if (!why)
    door.bind(where, why);
  if (!why)
    door.listen(tcp::acceptor::max_listen_connections, why);
  if (why)
    return failure{errc::io, "cannot listen on " + address + ":" + std::to_string(port) +
                                 " (TCP): " + why.message()};
  return std::shared_ptr<tcp_door>(new tcp_door(std::move(made)));
}

void tcp_door::start() {
  parts_->accept();
}

void tcp_door::stop() {
  parts_->stopped = true;
  error_code ignored;
  parts_->door.close(ignored);
  parts_->pause.cancel();
  for (auto& each : parts_->lanes) {
    asio::post(*each->io, [self = parts_, lane = each.get()] {
      lane->stopped = true;
      for (const auto& connection : std::exchange(lane->connections, {}))
        connection->close();
      lane->entry.reset();
    });
  }
}

}  // namespace troupe::gateway::dns
