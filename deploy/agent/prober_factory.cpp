#include "deploy/agent/prober_factory.hpp"

#include <utility>

#include "actors/health/check_result.hpp"
#include "actors/health/health_prober_actor.hpp"
#include "actors/runtime/outside.hpp"

namespace troupe::agent {

namespace {

actors::check_origin origin_of(actors::definition_origin origin) {
  return origin == actors::definition_origin::api ? actors::check_origin::api
                                                  : actors::check_origin::configuration;
}

}  // namespace

prober_factory::prober_factory(caf::actor_system& system,
                               const std::vector<std::unique_ptr<actors::io_thread>>& threads,
                               const std::vector<actors::router_actor>& routers,
                               const agent_config& config)
    : system_(&system), own_node_(config.node_name) {
  for (std::size_t i = 0; i < threads.size(); ++i) {
    homes_.push_back({threads[i].get(), routers[i],
                      std::make_unique<actors::probe_environment>(threads[i]->context(),
                                                                  actors::probe_settings{})});
  }
  policy_.output_bytes_max = config.checks.output_bytes_max;
  policy_.scripts_from_api = config.checks.enable_script_checks;
  policy_.scripts_from_configuration =
      config.checks.enable_script_checks || config.checks.enable_local_script_checks;
}

actors::check_rules prober_factory::rules() const {
  return {
      .validate = actors::validate_check,
      .permit = [policy = policy_](
                    const messages::CheckDefinition& definition,
                    actors::definition_origin origin) -> messages::result<actors::permitted_check> {
        auto plan = actors::plan_check(definition, policy, origin_of(origin));
        if (!plan)
          return plan.error();
        return actors::permitted_check{std::string(actors::check_type_name(definition)),
                                       std::move(plan->definition)};
      },
      .cut_output =
          [](const std::string& output, std::size_t bytes_max) {
            return actors::cut_output(actors::to_valid_utf8(output), bytes_max);
          },
  };
}

actors::health_prober_actor prober_factory::start(const actors::prober_order& order) {
  auto& at = homes_[next_++ % homes_.size()];
  // What the registry orders was permitted before: it cannot be refused now.
  auto plan = actors::plan_check(order.definition, policy_, origin_of(order.origin));
  messages::ensure(plan.has_value());
  actors::health_prober_options options;
  options.check_id = order.definition.id();
  options.plan = std::move(*plan);
  options.initial = {
      actors::parse_check_status(order.status).value_or(actors::check_status::critical),
      order.output};
  actors::health_prober_needs needs;
  needs.registry = order.registry;
  needs.router = at.router;
  needs.probes = at.probes.get();
  needs.own_node = own_node_;
  needs.seed = actors::random_seed();
  return actors::spawn_health_prober(*system_, *at.thread, std::move(options), std::move(needs));
}

}  // namespace troupe::agent
