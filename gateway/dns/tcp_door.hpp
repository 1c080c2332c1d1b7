// DNS over TCP (RFC 7766) on one io_thread: connections, each with its questions under way, their
// answers in whatever order they come, and an end when it is idle, slow or broken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/dns/entry.hpp"
#include "messages/result.hpp"

namespace boost::asio {
class io_context;
}

namespace troupe::gateway::dns {

// Where accepted connections live.
struct tcp_lane {
  boost::asio::io_context* io = nullptr;
  std::shared_ptr<dns_entry> entry;
};

class tcp_door {
 public:
  // Listens on the first lane's io_context and deals connections out to all of them. Fails with
  // errc::io and a line that names the address.
  static messages::result<std::shared_ptr<tcp_door>> open(const std::vector<tcp_lane>& lanes,
                                                          const std::string& address,
                                                          std::uint16_t port);
  ~tcp_door();
  tcp_door(const tcp_door&) = delete;
  tcp_door& operator=(const tcp_door&) = delete;

  // On the first lane's io_thread.
  void start();
  // Closes the listener, and all connections on their threads soon.
  void stop();

 private:
  struct parts;
  explicit tcp_door(std::shared_ptr<parts> made);

  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::gateway::dns
