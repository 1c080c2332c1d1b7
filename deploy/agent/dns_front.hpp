// The agent's DNS interface put together: an actor on every io_thread and the listeners in front of
// them.
#pragma once

#include <memory>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_thread.hpp"
#include "deploy/agent/agent_config.hpp"
#include "messages/result.hpp"

namespace troupe::agent {

struct dns_front_needs {
  const std::vector<std::unique_ptr<actors::io_thread>>* threads = nullptr;  // outlive the front
  std::vector<actors::router_actor> routers;  // of these threads, in their order
  actors::request_cache_actor cache = {};
};

class dns_front {
 public:
  // Listens on every address of the configuration; on none with a negative port. Fails with a line
  // that names the address or the setting.
  static messages::result<std::unique_ptr<dns_front>> open(caf::actor_system& system,
                                                           const agent_config& config,
                                                           dns_front_needs needs);
  ~dns_front();  // closes
  dns_front(const dns_front&) = delete;
  dns_front& operator=(const dns_front&) = delete;

  // No more questions; the actors are told to end.
  void close();

 private:
  struct parts;
  explicit dns_front(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::agent
