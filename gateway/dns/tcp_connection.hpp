// One TCP client: reads questions while few of them are unanswered, writes answers as they come.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/dns/entry.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::dns {

class tcp_connection : public reply_path {
 public:
  // `on_closed` is called once.
  tcp_connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<dns_entry> entry,
                 std::function<void()> on_closed);

  void start();
  void close();
  void send(const client_endpoint& to, std::span<const std::uint8_t> reply) override;

 private:
  using error_code = boost::system::error_code;

  std::shared_ptr<tcp_connection> self() {
    return std::static_pointer_cast<tcp_connection>(shared_from_this());
  }
  bool may_read() const;
  void read();
  void on_bytes(std::size_t bytes);
  void take_question(packet_view packet);
  void queue(std::span<const std::uint8_t> reply);
  void write();
  void wait_idle();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer idle_;
  std::shared_ptr<dns_entry> entry_;
  std::function<void()> on_closed_;
  client_endpoint from_;
  std::vector<std::uint8_t> in_;  // what is not a whole question yet
  std::array<std::uint8_t, messages::limits::dns_question_bytes_max> chunk_{};
  std::vector<std::uint8_t> out_;      // to be written
  std::vector<std::uint8_t> writing_;  // being written
  std::size_t unanswered_ = 0;
  bool reading_ = false;
  bool ended_ = false;  // the client sends no more
  bool closed_ = false;
};

}  // namespace troupe::gateway::dns
