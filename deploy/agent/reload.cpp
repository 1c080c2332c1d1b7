#include "deploy/agent/reload.hpp"

#include <memory>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"
#include "deploy/agent/agent_changes.hpp"
#include "deploy/agent/log_lines.hpp"
#include "messages/limits.hpp"

namespace troupe::agent {

namespace {

namespace m = messages;
using actors::to_caf;

m::ConfiguredDefinitions definitions_of(const agent_config& config) {
  m::ConfiguredDefinitions all;
  for (const auto& service : config.services)
    *all.add_services() = service;
  for (const auto& check : config.check_definitions)
    *all.add_checks() = check;
  return all;
}

class node_keeper {
 public:
  using pointer = actors::node_actor::stateful_pointer<node_keeper>;
  static constexpr const char* name = "node";

  explicit node_keeper(pointer self) : self_(self) {}

  actors::node_actor::behavior_type start(node_keeper_needs needs) {
    needs_ = std::move(needs);
    return {
        // From the gateway.
        [this](const m::LeaveRequest&) {
          needs_.on_leave();
          return m::Done();
        },
        // From the gateway, and from the node on a hangup signal.
        [this](const m::ReloadRequest& request) { return on_reload(request); },
    };
  }

 private:
  caf::result<m::Done> on_reload(const m::ReloadRequest& request) {
    if (auto allowed = authorize(request.token(), actors::resource::agent, needs_.config.node_name,
                                 actors::access::write);
        !allowed)
      return to_caf(allowed.error());
    spdlog::info("agent: Reloading configuration...");
    auto wanted = parse_agent_command_line(needs_.config.arguments);
    if (!wanted)
      return refused(wanted.error().detail);
    auto promise = self_->make_response_promise<m::Done>();
    auto all = definitions_of(*wanted);
    self_->request(needs_.registry, m::limits::reload_timeout, std::move(all))
        .then(
            [this, promise, next = std::make_shared<agent_config>(*std::move(wanted))](
                const m::Done& done) mutable {
              adopt(*next);
              promise.deliver(done);
            },
            [this, promise](const caf::error& why) mutable {
              promise.deliver(refused(actors::from_caf(why).detail));
            });
    return promise;
  }

  static caf::error refused(const std::string& why) {
    spdlog::error("agent: the configuration is not reloaded: {}", why);
    return to_caf({m::errc::failed, why});
  }

  void adopt(const agent_config& wanted) {
    for (const auto& warning : wanted.warnings)
      spdlog::warn("agent: {}", warning);
    // Compared with what this process was started with: said again until it is started anew.
    const auto late = changes_for_a_restart(needs_.config.source, wanted.source);
    if (!late.empty())
      spdlog::warn("agent: reload: take effect at the next start only: {}", fmt::join(late, ", "));
    set_log_level(wanted.log.level);
    spdlog::info("agent: Configuration reloaded: services={} checks={}", wanted.services.size(),
                 wanted.check_definitions.size());
  }

  pointer self_;
  node_keeper_needs needs_;
};

}  // namespace

actors::node_actor spawn_node_keeper(caf::actor_system& system, node_keeper_needs needs) {
  return system.spawn<caf::detached>([needs = std::move(needs)](node_keeper::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::agent
