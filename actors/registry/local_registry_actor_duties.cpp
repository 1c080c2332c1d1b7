// What the registry does without being asked: files, probers, anti-entropy.
#include <algorithm>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/registry/local_registry_actor_state.hpp"
#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::actors {

namespace {

using m::errc;

// Above limits::rpc_hold_timeout, after which a request without a leader is answered.
constexpr auto catalog_timeout = m::limits::rpc_hold_timeout + std::chrono::seconds{8};

// Commands of one round under way at once: enough to hide the round trip, few enough that a node
// with a thousand services does not crowd out the others.
constexpr std::size_t commands_under_way_max = 32;

bool is_alias_of_this_node(const m::CheckDefinition& alias, const std::string& node) {
  return (!alias.alias_service().empty() || !alias.alias_node().empty()) &&
         (alias.alias_node().empty() || alias.alias_node() == node);
}

// Consul's lines.
void log_done(const sync_step& step) {
  using item = sync_mark::item;
  for (const auto& mark : step.marks) {
    if (mark.what == item::service)
      spdlog::info("agent: Synced service: service={}", mark.id);
    else if (mark.what == item::removed_service)
      spdlog::info("agent: Deregistered service: service={}", mark.id);
    else if (mark.what == item::check)
      spdlog::debug("agent: Synced check: check={}", mark.id);
    else if (mark.what == item::removed_check)
      spdlog::info("agent: Deregistered check: check={}", mark.id);
  }
}

}  // namespace

// -- registrations -----------------------------------------------------------

service_plan_context local_registry_state::plan_context(definition_origin origin) const {
  return {.node = settings_.node.node(),
          .rules = needs_.rules,
          .origin = origin,
          .sidecar_port = [this](const std::string& id) { return state_->sidecar_port(id); }};
}

m::result<void> local_registry_state::check_write_allowed(const std::string& token,
                                                          const std::string& service_id) {
  const auto* service = service_id.empty() ? nullptr : state_->find_service(service_id);
  if (service == nullptr)
    return authorize(token, resource::node, settings_.node.node(), access::write);
  return authorize(token, resource::service, service->service(), access::write);
}

void local_registry_state::apply(const service_plan& plan, definition_origin origin,
                                 bool replace_checks) {
  if (replace_checks) {
    drop_other_checks(plan.main);
    for (const auto& sidecar : plan.sidecar)
      drop_other_checks(sidecar);
  }
  apply(plan.main, origin, false);
  for (const auto& sidecar : plan.sidecar)
    apply(sidecar, origin, true);
  answer_waiters();
}

void local_registry_state::apply(const planned_service& planned, definition_origin origin,
                                 bool sidecar) {
  state_->put_service(planned, origin, sidecar);
  if (origin == definition_origin::configuration)
    forget_service_file(planned.service.id());
  for (const auto& check : planned.checks)
    apply(check, planned.token, origin);
}

void local_registry_state::apply(const planned_check& planned, const std::string& token,
                                 definition_origin origin) {
  const auto& id = planned.shown.check_id();
  state_->put_check(planned, token, origin);
  if (origin == definition_origin::configuration)
    forget_check_file(id);
  const auto* check = state_->find_check(id);
  start_prober(*check);
  tell_aliases(check->shown.service_id());
}

void local_registry_state::drop_other_checks(const planned_service& planned) {
  std::set<std::string> wanted;
  for (const auto& check : planned.checks)
    wanted.insert(check.shown.check_id());
  std::vector<std::string> others;
  for (const auto& [id, entry] : state_->checks()) {
    const bool own = entry.shown.service_id() == planned.service.id();
    if (own && !wanted.contains(id) && !is_maintenance(id))
      others.push_back(id);
  }
  for (const auto& id : others)
    drop_check(id);
}

void local_registry_state::drop_service(const std::string& id) {
  const auto gone = state_->remove_service(id);
  // The service's file goes first: a check without its service is passed over at the next start.
  for (const auto& service : gone.services)
    forget_service_file(service);
  for (const auto& check : gone.checks) {
    forget_check_file(check);
    stop_prober(check);
  }
  for (const auto& service : gone.services)
    tell_aliases(service);
  answer_waiters();
}

void local_registry_state::drop_check(const std::string& id) {
  const auto* check = state_->find_check(id);
  if (check == nullptr)
    return;
  const std::string service = check->shown.service_id();
  state_->remove_check(id);
  forget_check_file(id);
  stop_prober(id);
  tell_aliases(service);
}

// -- files -------------------------------------------------------------------

m::result<void> local_registry_state::keep(const service_plan& plan,
                                           const m::RegisterService& request) {
  if (!store_)
    return {};
  m::RegisterService kept = request;
  auto& definition = *kept.mutable_service();
  definition.set_id(plan.main.service.id());
  definition.clear_check();
  definition.clear_checks();
  kept.clear_replace_existing_checks();
  for (const auto& sidecar : plan.sidecar)
    definition.mutable_connect()->mutable_sidecar_service()->set_port(sidecar.service.port());
  if (auto saved = store_->save(kept); !saved)
    return saved;
  for (const auto* planned : {&plan.main, plan.sidecar.empty() ? nullptr : plan.sidecar.data()}) {
    if (planned == nullptr)
      continue;
    for (const auto& check : planned->checks) {
      if (auto saved = keep(check, planned->token, definition_origin::api); !saved)
        return saved;
    }
  }
  return {};
}

m::result<void> local_registry_state::keep(const planned_check& planned, const std::string& token,
                                           definition_origin origin) {
  if (!store_ || origin != definition_origin::api)
    return {};
  m::RegisterCheck kept;
  kept.set_token(token);
  *kept.mutable_check() = planned.asked;
  return store_->save(kept);
}

void local_registry_state::keep_report(const std::string& check_id) {
  const auto* check = state_->find_check(check_id);
  if (!store_ || check == nullptr)
    return;
  const stored_check_state kept{check_id, check->shown.status(), check->shown.output(),
                                needs_.unix_now_ns() + check->definition.ttl()};
  if (auto saved = store_->save(kept); !saved)
    spdlog::warn("registry: the report of a check is not kept: {}", saved.error().detail);
}

void local_registry_state::forget_service_file(const std::string& id) {
  if (!store_)
    return;
  if (auto removed = store_->remove_service(id); !removed)
    spdlog::warn("registry: {}", removed.error().detail);
}

void local_registry_state::forget_check_file(const std::string& id) {
  if (!store_)
    return;
  if (auto removed = store_->remove_check(id); !removed)
    spdlog::warn("registry: {}", removed.error().detail);
}

void local_registry_state::restore() {
  if (settings_.data_dir.empty())
    return;
  auto opened = registry_store::open(settings_.data_dir);
  if (!opened) {
    spdlog::error("registry: nothing is kept over a restart: {}", opened.error().detail);
    return;
  }
  store_.emplace(*std::move(opened));
  const auto kept = store_->load();
  for (const auto& warning : kept.warnings)
    spdlog::warn("registry: passed over: {}", warning);
  for (const auto& service : kept.services)
    restore_service(service);
  for (const auto& check : kept.checks)
    restore_check(check);
}

void local_registry_state::restore_service(const m::RegisterService& kept) {
  auto plan = plan_service(kept.service(), plan_context(definition_origin::api));
  if (!plan) {
    spdlog::warn("registry: service {} is not restored: {}", kept.service().id(),
                 plan.error().detail);
    return;
  }
  // A sidecar's checks have files of their own, like all others.
  for (auto& sidecar : plan->sidecar)
    sidecar.checks.clear();
  apply(*plan, definition_origin::api, false);
}

void local_registry_state::restore_check(const m::RegisterCheck& kept) {
  const auto& definition = kept.check();
  const auto* service = state_->find_service(definition.service_id());
  if (!definition.service_id().empty() && service == nullptr) {
    spdlog::warn("registry: check {} is not restored: its service {} is not there", definition.id(),
                 definition.service_id());
    forget_check_file(definition.id());
    return;
  }
  if (is_maintenance(definition.id())) {
    apply(maintenance_check(settings_.node.node(), service, definition.notes()), kept.token(),
          definition_origin::api);
    return;
  }
  auto planned = plan_lone_check(definition, service, plan_context(definition_origin::api));
  if (!planned) {
    spdlog::warn("registry: check {} is not restored: {}", definition.id(), planned.error().detail);
    return;
  }
  state_->put_check(*planned, kept.token(), definition_origin::api);
  const auto* check = state_->find_check(definition.id());
  if (check->shown.type() == "ttl")
    restore_report(*check);
  start_prober(*check);
}

void local_registry_state::restore_report(const local_state::check_entry& check) {
  const auto kept = store_->load_state(check.shown.check_id());
  if (kept && kept->expires_unix_ns > needs_.unix_now_ns())
    state_->update_check(kept->check_id, kept->status, kept->output, now());
}

// -- probers -----------------------------------------------------------------

void local_registry_state::start_prober(const local_state::check_entry& check) {
  const auto& id = check.shown.check_id();
  stop_prober(id);
  if (is_maintenance(id))
    return;
  auto handle = needs_.start_prober({.definition = check.definition,
                                     .type = check.shown.type(),
                                     .origin = check.origin,
                                     .status = check.shown.status(),
                                     .output = check.shown.output(),
                                     .registry = self_});
  probers_.insert_or_assign(id, prober{std::move(handle), now()});
  if (is_alias_of_this_node(check.definition, settings_.node.node()))
    tell_alias(check);
}

void local_registry_state::stop_prober(const std::string& check_id) {
  const auto found = probers_.find(check_id);
  if (found == probers_.end())
    return;
  self_->send_exit(found->second.handle, caf::exit_reason::user_shutdown);
  probers_.erase(found);
}

void local_registry_state::tell_aliases(const std::string& service_id) {
  for (const auto& [id, entry] : state_->checks()) {
    const auto& alias = entry.definition;
    const bool concerned = service_id.empty() || alias.alias_service() == service_id;
    if (concerned && is_alias_of_this_node(alias, settings_.node.node()))
      tell_alias(entry);
  }
}

void local_registry_state::tell_alias(const local_state::check_entry& alias) {
  const auto found = probers_.find(alias.shown.check_id());
  if (found == probers_.end())
    return;
  m::CheckStates states;
  for (const auto& [id, entry] : state_->checks()) {
    const auto& service = entry.shown.service_id();
    const bool itself = id == alias.shown.check_id();
    if (!itself && (service.empty() || service == alias.definition.alias_service()))
      *states.add_checks() = entry.shown;
  }
  self_->send(found->second.handle, std::move(states));
}

// -- anti-entropy ------------------------------------------------------------

void local_registry_state::changed() {
  core_->on_local_change();
  turn();
}

caf::result<m::Done> local_registry_state::changed_for(definition_origin origin) {
  const std::uint64_t round = rounds_ + 1;
  changed();
  // The node waits for none of its own: servers may be far away when it starts.
  if (origin == definition_origin::configuration)
    return m::Done{};
  auto promise = self_->make_response_promise<m::Done>();
  change_waiters_.push_back({round, now() + m::limits::rpc_hold_timeout, promise});
  answer_change_waiters();
  schedule_tick();
  return promise;
}

void local_registry_state::answer_change_waiters() {
  const std::uint64_t ended = sending_now_ ? rounds_ - 1 : rounds_;
  std::erase_if(change_waiters_, [&](change_waiter& waiter) {
    if (waiter.round > ended && now() < waiter.deadline)
      return false;
    waiter.promise.deliver(m::Done{});
    return true;
  });
}

void local_registry_state::turn() {
  const auto duties = core_->take_output(now());
  if (duties.read_catalog)
    read_catalog();
  if (duties.send_changes)
    send_changes();
  schedule_tick();
}

void local_registry_state::read_catalog() {
  m::NodeServicesQuery query;
  query.set_node(settings_.node.node());
  self_->request(needs_.router, catalog_timeout, std::move(query))
      .then([this](const m::NodeServices& services) { read_catalog_checks(services); },
            [this](const caf::error& why) { catalog_unread(why); });
}

void local_registry_state::read_catalog_checks(m::NodeServices services) {
  m::NodeChecksQuery query;
  query.set_node(settings_.node.node());
  self_->request(needs_.router, catalog_timeout, std::move(query))
      .then(
          [this, services = std::move(services)](const m::HealthChecks& checks) {
            compare_with_catalog(*state_, settings_.node, services, checks);
            answer_waiters();  // tags may have been taken over
            core_->on_catalog(true, needs_.cluster_nodes(), now());
            turn();
          },
          [this](const caf::error& why) { catalog_unread(why); });
}

void local_registry_state::catalog_unread(const caf::error& why) {
  spdlog::warn("registry: the catalog cannot be read, tried again later: {}", from_caf(why).detail);
  core_->on_catalog(false, needs_.cluster_nodes(), now());
  turn();
}

void local_registry_state::send_changes() {
  sending_ = {.steps = pending_steps(*state_, settings_.node)};
  ++rounds_;
  sending_now_ = true;
  send_next_steps();
}

void local_registry_state::send_next_steps() {
  while (sending_.next < sending_.steps.size() && sending_.under_way < commands_under_way_max) {
    ++sending_.under_way;
    propose(sending_.next++);
  }
  if (sending_.under_way > 0)
    return;
  sending_now_ = false;
  answer_change_waiters();
  core_->on_sent(sending_.all_applied, now());
  turn();
}

void local_registry_state::propose(std::size_t step) {
  m::Propose proposal;
  proposal.mutable_options()->set_token(sending_.steps[step].token);
  *proposal.mutable_command() = sending_.steps[step].command;
  self_->request(needs_.router, catalog_timeout, std::move(proposal))
      .then([this, step](const m::CommandResult& outcome) { on_proposed(step, outcome); },
            [this, step](const caf::error& why) { on_not_proposed(why, step); });
}

void local_registry_state::on_proposed(std::size_t step, const m::CommandResult& outcome) {
  if (outcome.error().empty()) {
    mark_done(*state_, sending_.steps[step]);
    log_done(sending_.steps[step]);
  } else {
    spdlog::warn("registry: the catalog refuses a change: {}", outcome.error());
    sending_.all_applied = false;
  }
  step_ended();
}

void local_registry_state::on_not_proposed(const caf::error& why, std::size_t step) {
  const auto failed = from_caf(why);
  spdlog::warn("registry: a change has not reached the catalog: {}", failed.detail);
  // Trying a refused token again would only be refused again; the next comparison finds the item.
  if (failed.code == errc::forbidden)
    mark_done(*state_, sending_.steps[step]);
  else
    sending_.all_applied = false;
  step_ended();
}

void local_registry_state::step_ended() {
  --sending_.under_way;
  send_next_steps();
}

}  // namespace troupe::actors
