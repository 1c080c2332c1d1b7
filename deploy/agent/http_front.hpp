// The agent's HTTP API put together: a gateway on every io_thread and the listeners in front of
// them.
#pragma once

#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_thread.hpp"
#include "deploy/agent/agent_config.hpp"
#include "messages/result.hpp"

namespace troupe::agent {

struct http_front_needs {
  const std::vector<std::unique_ptr<actors::io_thread>>* threads = nullptr;  // outlive the front
  std::vector<actors::router_actor> routers;  // of these threads, in their order
  actors::local_registry_actor registry;
  actors::agent_self_actor self;
  actors::node_actor node;
  actors::request_cache_actor cache;
  actors::pool_operator_actor pools = {};
  actors::event_actor events = {};
};

class http_front {
 public:
  // Listens on every address of the configuration. Fails with a line that names the address.
  static messages::result<std::unique_ptr<http_front>> open(caf::actor_system& system,
                                                            const agent_config& config,
                                                            http_front_needs needs);
  ~http_front();  // closes
  http_front(const http_front&) = delete;
  http_front& operator=(const http_front&) = delete;

  // No more connections; the gateways are told to end.
  void close();

 private:
  struct parts;
  explicit http_front(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::agent
