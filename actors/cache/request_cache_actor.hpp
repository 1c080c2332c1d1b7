// The actor `request_cache`: answers of ?cached reads. One a node, on an io_thread. It owns the
// entries and who waits for them; it fetches through the router like any client, and never answers
// with what another token may see.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>

#include "actors/interfaces.hpp"
// A parameter there has the name of a member of CAF's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "actors/runtime/io_actor.hpp"
#pragma GCC diagnostic pop
#include "actors/cache/request_cache_core.hpp"

namespace troupe::actors::cache {

struct request_cache_needs {
  router_actor router;     // of the same io_thread
  std::string datacenter;  // this node's
  std::uint64_t random_seed = 0;
  request_cache_options options;
};

class request_cache_state : public io_actor<request_cache_actor> {
 public:
  request_cache_state(caf::actor_config& config, io_thread& home, request_cache_needs needs);

  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  class waiting_request;
  template <class Reply>
  class typed_waiting_request;
  using waiting_ptr = std::unique_ptr<waiting_request>;

  template <class Reply, class Request>
  caf::result<Reply> on_query(Request& query, bool refreshes);
  template <class Reply, class Request>
  caf::result<Reply> ask_uncached(Request& query);
  template <class Reply, class Request>
  void fetch(const fetch_order& order);
  void on_cancel(const m::CancelQuery& cancel);
  void on_tick();

  waiting_ptr take(waiter_id id);
  void carry_out(const cache_output& output);
  void start(const fetch_order& order);
  void tick_later();
  time_point now() const;

  request_cache_needs needs_;
  request_cache_core core_;
  std::unordered_map<std::uint64_t, waiting_ptr> waiting_;  // by waiter_id
  std::optional<time_point> armed_for_;
};

request_cache_actor spawn_request_cache(caf::actor_system& system, io_thread& home,
                                        request_cache_needs needs);

}  // namespace troupe::actors::cache
