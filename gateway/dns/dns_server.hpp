// The DNS interface's listeners: on every address a UDP socket for each io_thread and a TCP
// listener for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/runtime/io_thread.hpp"
#include "gateway/dns/entry.hpp"
#include "messages/result.hpp"

namespace troupe::gateway::dns {

struct dns_server_lane {
  actors::io_thread* thread = nullptr;
  std::shared_ptr<dns_entry> entry;  // the dns actor of that thread
};

class dns_server {
 public:
  // At least one lane. The io_threads must outlive this and run until stop() has returned.
  explicit dns_server(std::vector<dns_server_lane> lanes);
  ~dns_server();  // stops
  dns_server(const dns_server&) = delete;
  dns_server& operator=(const dns_server&) = delete;

  // Fails with errc::io and a line that names the address, also if another process is there
  // already.
  messages::result<void> listen(const std::string& address, std::uint16_t port);

  // Closes everything; waits until it is closed. Not to be called on an io_thread. Idempotent.
  void stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::gateway::dns
