// One UDP socket of one io_thread. It takes and gives datagrams many at a time: the system's calls
// are most of what a question costs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/dns/entry.hpp"
#include "messages/result.hpp"

namespace boost::asio {
class io_context;
}

namespace troupe::gateway::dns {

class udp_door : public reply_path {
 public:
  // Several doors may have the same address and port, of different io_threads: the system deals out
  // clients among them. Fails with errc::io and a line that names the address.
  static messages::result<std::shared_ptr<udp_door>> open(boost::asio::io_context& io,
                                                          const std::string& address,
                                                          std::uint16_t port,
                                                          std::shared_ptr<dns_entry> entry);
  ~udp_door() override;
  udp_door(const udp_door&) = delete;
  udp_door& operator=(const udp_door&) = delete;

  // On the io_thread, both.
  void start();
  void stop();

  void send(const client_endpoint& to, std::span<const std::uint8_t> reply) override;

 private:
  struct parts;
  explicit udp_door(std::unique_ptr<parts> made);
  void await();
  void serve();

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::gateway::dns
