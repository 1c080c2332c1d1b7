// Makes the prober of a check: joins the registry's order to the rules and probes of actors/health,
// and deals probers out to the io_threads in turn.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <caf/actor_system.hpp>

#include "actors/health/check_validation.hpp"
#include "actors/health/probes/probe_environment.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry/check_rules.hpp"
#include "actors/registry/local_registry_actor.hpp"
#include "actors/runtime/io_thread.hpp"
#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

class prober_factory {
 public:
  // All of it outlives the factory; `routers` are those of `threads`, in the same order.
  prober_factory(caf::actor_system& system,
                 const std::vector<std::unique_ptr<actors::io_thread>>& threads,
                 const std::vector<actors::router_actor>& routers, const agent_config& config);

  actors::check_rules rules() const;
  actors::health_prober_actor start(const actors::prober_order& order);

 private:
  struct home {
    actors::io_thread* thread;
    actors::router_actor router;
    std::unique_ptr<actors::probe_environment> probes;
  };

  caf::actor_system* system_;
  std::vector<home> homes_;
  std::string own_node_;
  actors::check_policy policy_;
  std::size_t next_ = 0;  // the registry's thread only
};

}  // namespace troupe::agent
