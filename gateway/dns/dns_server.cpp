#include "gateway/dns/dns_server.hpp"

#include <latch>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "gateway/dns/tcp_door.hpp"
#include "gateway/dns/udp_door.hpp"

namespace troupe::gateway::dns {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

// Doors share their port, and would share it with another agent's too: whoever is there first is
// found by a socket that does not.
result<void> ensure_free(asio::io_context& io, const std::string& address, std::uint16_t port) {
  error_code why;
  const auto ip = asio::ip::make_address(address, why);
  udp::socket probe(io);
  const udp::endpoint where(ip, port);
  if (!why)
    probe.open(where.protocol(), why);
  if (!why && ip.is_v6())
    probe.set_option(asio::ip::v6_only(true), why);
  if (!why)
    probe.bind(where, why);
  if (why)
    return failure{errc::io, "cannot listen on " + address + ":" + std::to_string(port) +
                                 " (UDP): " + why.message()};
  return {};
}

}  // namespace

struct dns_server::parts {
  struct door_of_lane {
    asio::io_context* io;
    std::shared_ptr<udp_door> door;
  };

  std::vector<dns_server_lane> lanes;
  std::vector<door_of_lane> udp;
  std::vector<std::shared_ptr<tcp_door>> tcp;
  bool stopped = false;
};

dns_server::dns_server(std::vector<dns_server_lane> lanes) : parts_(std::make_unique<parts>()) {
  parts_->lanes = std::move(lanes);
}

dns_server::~dns_server() {
  stop();
}

result<void> dns_server::listen(const std::string& address, std::uint16_t port) {
  auto& first = parts_->lanes.front().thread->context();
  if (auto free = ensure_free(first, address, port); !free)
    return free;
  std::vector<tcp_lane> tcp_lanes;
  for (const auto& lane : parts_->lanes) {
    auto& io = lane.thread->context();
    auto door = udp_door::open(io, address, port, lane.entry);
    if (!door)
      return door.error();
    asio::post(io, [door = *door] { door->start(); });
    parts_->udp.push_back({&io, *std::move(door)});
    tcp_lanes.push_back({&io, lane.entry});
  }
  auto door = tcp_door::open(tcp_lanes, address, port);
  if (!door)
    return door.error();
  asio::post(first, [door = *door] { door->start(); });
  parts_->tcp.push_back(*std::move(door));
  return {};
}

void dns_server::stop() {
  if (std::exchange(parts_->stopped, true) || parts_->lanes.empty())
    return;
  auto& first = parts_->lanes.front().thread->context();
  // TCP first: its stopping posts to every lane, ahead of what is posted there next.
  std::latch listeners(1);
  asio::post(first, [&] {
    for (const auto& each : parts_->tcp)
      each->stop();
    listeners.count_down();
  });
  listeners.wait();
  std::latch doors(static_cast<std::ptrdiff_t>(parts_->lanes.size()));
  for (const auto& lane : parts_->lanes) {
    auto* io = &lane.thread->context();
    asio::post(*io, [this, io, &doors] {
      for (const auto& each : parts_->udp)
        if (each.io == io)
          each.door->stop();
      doors.count_down();
    });
  }
  doors.wait();
  parts_->udp.clear();
  parts_->tcp.clear();
  parts_->lanes.clear();
}

}  // namespace troupe::gateway::dns
