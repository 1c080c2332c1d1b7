// The registry's part of a reload: what the configuration names now takes the place of what it
// named before, as a whole or not at all.
#include <map>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/registry/local_registry_actor_state.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/go_quote.hpp"

namespace troupe::actors {

namespace {

using m::errc;
using m::failure;

constexpr auto configured = definition_origin::configuration;

failure not_registered(const char* kind, const std::string& name, const std::string& why) {
  return {errc::bad_request,
          "Failed to register " + std::string(kind) + " " + m::go_quote(name) + ": " + why};
}

void note_ids(const planned_service& planned, local_registry_state::named_ids& named) {
  named.services[planned.service.id()] = planned.service;
  for (const auto& check : planned.checks)
    named.checks.insert(check.shown.check_id());
}

}  // namespace

caf::result<m::Done> local_registry_state::on_configured(const m::ConfiguredDefinitions& all) {
  const auto named = plan_configured(all);
  if (!named)
    return to_caf(named.error());
  drop_unnamed(*named);
  // Planned once more, one after the other: a sidecar's port depends on those before it.
  for (const auto& service : all.services()) {
    if (const auto plan = plan_service(service, plan_context(configured)))
      apply(*plan, configured, false);
    else
      spdlog::error("registry: service {} is not registered: {}", service.name(),
                    plan.error().detail);
  }
  for (const auto& check : all.checks()) {
    const auto* service = state_->find_service(check.service_id());
    if (const auto planned = plan_lone_check(check, service, plan_context(configured)))
      apply(*planned, check.token(), configured);
    else
      spdlog::error("registry: check {} is not registered: {}", check.name(),
                    planned.error().detail);
  }
  return changed_for(configured);
}

// Changes nothing.
m::result<local_registry_state::named_ids> local_registry_state::plan_configured(
    const m::ConfiguredDefinitions& all) const {
  named_ids named;
  for (const auto& service : all.services()) {
    const auto plan = plan_service(service, plan_context(configured));
    if (!plan)
      return not_registered("service", service.name(), plan.error().detail);
    note_ids(plan->main, named);
    for (const auto& sidecar : plan->sidecar)
      note_ids(sidecar, named);
  }
  for (const auto& check : all.checks()) {
    const auto valid = validate_lone_check(check, needs_.rules);
    if (!valid)
      return not_registered("check", check.name(), valid.error().detail);
    const auto* service = service_after_reload(check.service_id(), named);
    if (service == nullptr && !check.service_id().empty())
      return not_registered("check", check.name(),
                            "ServiceID " + m::go_quote(check.service_id()) + " does not exist");
    const auto planned = plan_lone_check(check, service, plan_context(configured));
    if (!planned)
      return not_registered("check", check.name(), planned.error().detail);
    named.checks.insert(planned->shown.check_id());
  }
  return named;
}

// One that the configuration names, or that came by the API and stays.
const m::NodeService* local_registry_state::service_after_reload(const std::string& id,
                                                                 const named_ids& named) const {
  if (const auto found = named.services.find(id); found != named.services.end())
    return &found->second;
  const auto found = state_->services().find(id);
  const bool stays = found != state_->services().end() && found->second.origin != configured;
  return stays ? &found->second.service : nullptr;
}

void local_registry_state::drop_unnamed(const named_ids& named) {
  std::vector<std::string> services;
  for (const auto& [id, entry] : state_->services()) {
    if (entry.origin == configured && !named.services.contains(id))
      services.push_back(id);
  }
  for (const auto& id : services)
    drop_service(id);
  std::vector<std::string> checks;
  for (const auto& [id, entry] : state_->checks()) {
    if (entry.origin == configured && !named.checks.contains(id))
      checks.push_back(id);
  }
  for (const auto& id : checks)
    drop_check(id);
}

}  // namespace troupe::actors
