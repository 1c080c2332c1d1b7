// The gateway of one io_thread: turns requests of its connections into messages, and answers into
// responses. It owns who is waiting for what, and until when. It never touches storage or sockets.
//
//   connection -> begin() -> handle() -> serve<Endpoint> -> request(target) -> take() -> respond()
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"
#include "gateway/http/endpoints/endpoint.hpp"
#include "gateway/http/exchange.hpp"
#include "gateway/http/gateway_options.hpp"
#include "gateway/http/request_times.hpp"

namespace troupe::gateway {

struct gateway_needs {
  actors::router_actor router;  // of the same io_thread
  actors::local_registry_actor registry;
  actors::agent_self_actor self;
  actors::node_actor node;
  actors::request_cache_actor cache{};  // none: every read is asked anew
  actors::pool_operator_actor pools{};
  actors::event_actor events{};
};

class gateway : public actors::io_actor<actors::gateway_actor>, public http_gateway {
 public:
  // `lane` tells the io_threads of a process apart, at most 255 of them.
  gateway(caf::actor_config& config, actors::io_thread& home, gateway_options options,
          gateway_needs needs, std::uint8_t lane);

  behavior_type make_behavior() override;

  // -- for connections of the same io_thread -----------------------------------

  beginning begin(exchange& what) override;
  api_response too_large(const exchange& what, std::size_t bytes) const override;
  void handle(exchange& what) override;
  void abandon(exchange& what) override;
  void finish(api_response& response, const api_request& request) const override;

  // -- for serve<Endpoint> -------------------------------------------------------

  const gateway_options& options() const { return options_; }
  const gateway_needs& needs() const { return needs_; }

  // Notes that the exchange waits, and gives it its ticket.
  std::uint64_t wait(exchange& what, std::chrono::nanoseconds limit);
  // Whose answer this is; none if the client is gone or was answered already.
  exchange* take(std::uint64_t ticket);
  void respond(exchange& what, api_response response);
  void respond_with(exchange& what, api_response head, std::unique_ptr<body_stream> body);
  // Where everything of this gateway happens.
  actors::io_thread& thread() const { return home(); }

 private:
  struct waiter {
    exchange* what = nullptr;  // none: the place is free
    std::uint32_t generation = 0;
    std::uint64_t due_tick = 0;
  };

  waiter* find(std::uint64_t ticket);
  void forget(exchange& what);
  std::size_t body_bytes_max(const api_request& request) const;
  void tick_later();
  void on_tick();

  gateway_options options_;
  gateway_needs needs_;
  std::string api_lines_;     // headers of every /v1 answer
  std::string common_lines_;  // headers of every answer
  std::uint64_t lane_;
  request_times times_;
  std::vector<waiter> waiters_;
  std::vector<std::uint32_t> free_;
  std::uint64_t tick_ = 0;  // seconds since the start
};

struct spawned_gateway {
  actors::gateway_actor handle;
  // What connections of that io_thread call; keeps the actor alive.
  std::shared_ptr<http_gateway> entry;
};

spawned_gateway spawn_gateway(caf::actor_system& system, actors::io_thread& home,
                              gateway_options options, gateway_needs needs, std::uint8_t lane);

}  // namespace troupe::gateway
