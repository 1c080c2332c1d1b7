// Listens, and deals connections out to the lanes in turn, so that each has its share; a listening
// socket a thread would leave that to the kernel's hash.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/runtime/io_thread.hpp"
#include "gateway/http/exchange.hpp"
#include "gateway/http/gateway_options.hpp"
#include "messages/result.hpp"

namespace troupe::gateway {

struct server_lane {
  actors::io_thread* thread = nullptr;
  std::shared_ptr<http_gateway> entry;  // the gateway of that thread
};

class http_server {
 public:
  // At least one lane. The io_threads must outlive this and run until stop() has returned.
  http_server(const std::vector<server_lane>& lanes, connection_options options);
  ~http_server();  // stops
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  // The port listened on, which is another one for 0. Fails with errc::io.
  messages::result<std::uint16_t> listen_tcp(const std::string& address, std::uint16_t port);
  // "unix:///path" or a path; what is left of an earlier run there is removed.
  messages::result<void> listen_unix(const std::string& path);

  // Closes everything; waits until it is closed. Not to be called on an io_thread. Idempotent.
  void stop();

 private:
  struct parts;
  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::gateway
