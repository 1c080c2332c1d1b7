#include "actors/registry/local_registry_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_clock.hpp>

#include "actors/registry/content_hash.hpp"
#include "actors/registry/local_registry_actor_state.hpp"
#include "actors/runtime/authorize.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/filter/expression.hpp"
#include "messages/go_quote.hpp"

namespace troupe::actors {

namespace {

namespace limits = m::limits;
using m::errc;
using m::failure;

failure unknown_service(const std::string& id) {
  return {errc::not_found, "Unknown service ID " + m::go_quote(id) +
                               ". Ensure that the service ID is passed, not the service name."};
}

failure unknown_check(const std::string& id) {
  return {errc::not_found, "Unknown check ID " + m::go_quote(id) +
                               ". Ensure that the check ID is passed, not the check name."};
}

definition_origin origin_of(bool from_configuration) {
  return from_configuration ? definition_origin::configuration : definition_origin::api;
}

bool is_status(const std::string& text) {
  return text == "passing" || text == "warning" || text == "critical";
}

}  // namespace

local_registry_state::local_registry_state(pointer self) : self_(self) {}

local_registry_state::~local_registry_state() {
  for (const auto& [id, running] : probers_)
    caf::anon_send_exit(running.handle, caf::exit_reason::user_shutdown);
}

local_registry_actor::behavior_type local_registry_state::start(local_registry_settings settings,
                                                                local_registry_needs needs) {
  settings_ = std::move(settings);
  needs_ = std::move(needs);
  random_.seed(settings_.random_seed);
  state_.emplace(local_state_options{.datacenter = settings_.node.datacenter(),
                                     .check_update_interval = settings_.check_update_interval,
                                     .discard_check_output = settings_.discard_check_output},
                 random_);
  core_.emplace(settings_.anti_entropy, random_, now());
  reap_due_ = now() + settings_.reap_interval;
  restore();
  turn();
  return {
      // From the gateway, and from the node for what the configuration names.
      [this](const m::RegisterService& request) { return on_register_service(request); },
      [this](const m::DeregisterService& request) { return on_deregister_service(request); },
      [this](const m::RegisterCheck& request) { return on_register_check(request); },
      [this](const m::DeregisterCheck& request) { return on_deregister_check(request); },
      [this](const m::UpdateTtlCheck& report) { return on_ttl_report(report); },
      [this](const m::SetMaintenance& request) { return on_maintenance(request); },
      [this](const m::ConfiguredDefinitions& all) { return on_configured(all); },
      [this](const m::LocalServicesQuery& query) { return on_services(query); },
      [this](const m::LocalServiceQuery& query) { return on_service(query); },
      [this](const m::LocalChecksQuery& query) { return on_checks(query); },
      [this](const m::LocalHealthQuery& query) { return on_health(query); },
      // From a prober.
      [this](const m::CheckUpdate& update) { on_check_update(update); },
      // From its own timer.
      [this](const m::RegistryTick&) { on_tick(); },
  };
}

// -- requests ----------------------------------------------------------------

caf::result<m::Done> local_registry_state::on_register_service(const m::RegisterService& request) {
  const auto& definition = request.service();
  if (auto allowed =
          authorize(request.token(), resource::service, definition.name(), access::write);
      !allowed)
    return to_caf(allowed.error());
  const auto origin = origin_of(request.from_configuration());
  auto plan = plan_service(definition, plan_context(origin));
  if (!plan)
    return to_caf(plan.error());
  if (origin == definition_origin::api) {
    if (auto kept = keep(*plan, request); !kept)
      return to_caf(kept.error());
  }
  apply(*plan, origin, request.replace_existing_checks());
  return changed_for(origin);
}

caf::result<m::Done> local_registry_state::on_deregister_service(
    const m::DeregisterService& request) {
  const auto* service = state_->find_service(request.service_id());
  if (service == nullptr)
    return to_caf(unknown_service(request.service_id()));
  if (auto allowed = check_write_allowed(request.token(), service->id()); !allowed)
    return to_caf(allowed.error());
  drop_service(request.service_id());
  return changed_for(definition_origin::api);
}

caf::result<m::Done> local_registry_state::on_register_check(const m::RegisterCheck& request) {
  const auto& definition = request.check();
  if (auto valid = validate_lone_check(definition, needs_.rules); !valid)
    return to_caf(valid.error());
  const m::NodeService* service = nullptr;
  if (!definition.service_id().empty()) {
    service = state_->find_service(definition.service_id());
    if (service == nullptr)
      return to_caf(failure{errc::not_found, "ServiceID " + m::go_quote(definition.service_id()) +
                                                 " does not exist"});
  }
  if (auto allowed = check_write_allowed(request.token(), definition.service_id()); !allowed)
    return to_caf(allowed.error());
  const auto origin = origin_of(request.from_configuration());
  auto planned = plan_lone_check(definition, service, plan_context(origin));
  if (!planned)
    return to_caf(planned.error());
  const std::string token = definition.token().empty() ? request.token() : definition.token();
  if (auto kept = keep(*planned, token, origin); !kept)
    return to_caf(kept.error());
  apply(*planned, token, origin);
  return changed_for(origin);
}

caf::result<m::Done> local_registry_state::on_deregister_check(const m::DeregisterCheck& request) {
  const auto* check = state_->find_check(request.check_id());
  if (check == nullptr)
    return to_caf(unknown_check(request.check_id()));
  if (auto allowed = check_write_allowed(request.token(), check->shown.service_id()); !allowed)
    return to_caf(allowed.error());
  drop_check(request.check_id());
  return changed_for(definition_origin::api);
}

caf::result<m::Done> local_registry_state::on_ttl_report(const m::UpdateTtlCheck& report) {
  const auto& id = report.check_id();
  const auto* check = state_->find_check(id);
  if (check == nullptr)
    return to_caf(unknown_check(id));
  if (auto allowed = check_write_allowed(report.token(), check->shown.service_id()); !allowed)
    return to_caf(allowed.error());
  const auto found = probers_.find(id);
  if (check->shown.type() != "ttl" || found == probers_.end())
    return to_caf(
        failure{errc::failed, "CheckID " + m::go_quote(id) + " does not have associated TTL"});
  if (!is_status(report.status()))
    return to_caf(failure{errc::bad_request, "Invalid check status: '" + report.status() + "'"});
  // Shown at once: who reported may ask in the next moment. The prober only measures the time.
  const auto output_max = static_cast<std::size_t>(check->definition.output_max_size());
  const auto output = needs_.rules.cut_output(report.output(), output_max);
  found->second.reported = now();
  m::TtlReport to_prober;
  to_prober.set_status(report.status());
  to_prober.set_output(output);
  self_->send(found->second.handle, std::move(to_prober));
  const bool news = state_->update_check(id, report.status(), output, now());
  keep_report(id);
  if (news) {
    tell_aliases(check->shown.service_id());
    changed();
  }
  return m::Done{};
}

caf::result<m::Done> local_registry_state::on_maintenance(const m::SetMaintenance& request) {
  const m::NodeService* service = nullptr;
  if (!request.service_id().empty()) {
    service = state_->find_service(request.service_id());
    if (service == nullptr)
      return to_caf(unknown_service(request.service_id()));
  }
  if (auto allowed = check_write_allowed(request.token(), request.service_id()); !allowed)
    return to_caf(allowed.error());
  const auto check = maintenance_check(settings_.node.node(), service, request.reason());
  const auto& id = check.shown.check_id();
  const bool already = state_->find_check(id) != nullptr;
  if (request.enable() == already)
    return m::Done{};
  if (request.enable()) {
    if (auto kept = keep(check, request.token(), definition_origin::api); !kept)
      return to_caf(kept.error());
    apply(check, request.token(), definition_origin::api);
  } else {
    drop_check(id);
  }
  return changed_for(definition_origin::api);
}

caf::result<m::LocalServices> local_registry_state::on_services(
    const m::LocalServicesQuery& query) {
  const auto filter =
      m::filter::expression::compile(query.filter(), *m::AgentService::descriptor());
  if (!filter)
    return to_caf(filter.error());
  m::LocalServices answer;
  for (const auto& [id, entry] : state_->services()) {
    if (!authorize(query.token(), resource::service, entry.service.service(), access::read))
      continue;
    auto service = state_->agent_service(entry.service);
    if (filter->matches(service))
      (*answer.mutable_services())[id] = std::move(service);
  }
  return answer;
}

caf::result<m::LocalService> local_registry_state::on_service(const m::LocalServiceQuery& query) {
  const auto* service = state_->find_service(query.service_id());
  if (service != nullptr) {
    const auto allowed =
        authorize(query.token(), resource::service, service->service(), access::read);
    if (!allowed)
      return to_caf(allowed.error());
  }
  std::chrono::milliseconds wait{query.wait_ms()};
  if (wait.count() <= 0)
    wait = limits::default_query_time;
  wait = std::min<std::chrono::milliseconds>(wait, limits::max_query_time);
  std::uniform_int_distribution<std::int64_t> jitter(0, wait.count() / limits::wait_jitter_divisor);
  hash_waiter waiter{query.service_id(), query.hash(),
                     now() + wait + std::chrono::milliseconds{jitter(random_)},
                     self_->make_response_promise<m::LocalService>()};
  auto promise = waiter.promise;
  if (!answer_if_due(waiter)) {
    if (waiters_.size() >= limits::waiting_queries_max) {
      promise.deliver(to_caf({errc::too_many_requests, "too many blocking queries on this agent"}));
      return promise;
    }
    waiters_.push_back(std::move(waiter));
    schedule_tick();
  }
  return promise;
}

caf::result<m::LocalChecks> local_registry_state::on_checks(const m::LocalChecksQuery& query) {
  const auto filter = m::filter::expression::compile(query.filter(), *m::HealthCheck::descriptor());
  if (!filter)
    return to_caf(filter.error());
  m::LocalChecks answer;
  for (const auto& [id, entry] : state_->checks()) {
    const bool of_service = !entry.shown.service_id().empty();
    const auto allowed =
        authorize(query.token(), of_service ? resource::service : resource::node,
                  of_service ? entry.shown.service_name() : entry.shown.node(), access::read);
    if (allowed && filter->matches(entry.shown))
      (*answer.mutable_checks())[id] = entry.shown;
  }
  return answer;
}

caf::result<m::LocalHealth> local_registry_state::on_health(const m::LocalHealthQuery& query) {
  m::LocalHealth answer;
  for (const auto& [id, entry] : state_->services()) {
    const bool asked_for = query.service_id().empty()
                               ? entry.service.service() == query.service_name()
                               : id == query.service_id();
    if (asked_for &&
        authorize(query.token(), resource::service, entry.service.service(), access::read))
      *answer.add_instances() = state_->health_of(entry.service);
  }
  return answer;
}

// -- from probers and from its own timer ----------------------------------------

void local_registry_state::on_check_update(const m::CheckUpdate& update) {
  const auto* check = state_->find_check(update.check_id());
  const auto found = probers_.find(update.check_id());
  if (check == nullptr || found == probers_.end())
    return;
  // A prober that was replaced may have sent its last words before it ended.
  if (self_->current_sender() != caf::actor_cast<caf::strong_actor_ptr>(found->second.handle))
    return;
  if (check->shown.type() == "ttl") {
    // Reports were applied when they came; what is left to say is that no report came for a whole
    // TTL. Anything else is an echo, and older than what is known here.
    const std::chrono::nanoseconds ttl{check->definition.ttl()};
    if (update.status() != "critical" || now() - found->second.reported < ttl)
      return;
  }
  if (!state_->update_check(update.check_id(), update.status(), update.output(), now()))
    return;
  tell_aliases(check->shown.service_id());
  changed();
}

void local_registry_state::on_tick() {
  // Of several ticks under way the last scheduled one is the earliest and counts; an older one
  // must not start a chain of its own.
  if (tick_at_ <= now())
    tick_at_ = time_point::max();
  if (state_->tick(now()))
    core_->on_local_change();
  reap();
  answer_waiters();
  answer_change_waiters();
  turn();
}

// -- time ------------------------------------------------------------------------

local_registry_state::time_point local_registry_state::now() const {
  return self_->clock().now();
}

void local_registry_state::reap() {
  if (now() < reap_due_)
    return;
  reap_due_ = now() + settings_.reap_interval;
  const auto services = state_->to_be_reaped(now());
  for (const auto& id : services)
    drop_service(id);
  if (!services.empty())
    core_->on_local_change();
}

bool local_registry_state::answer_if_due(hash_waiter& waiter) {
  const auto* service = state_->find_service(waiter.service_id);
  if (service == nullptr) {
    waiter.promise.deliver(to_caf({errc::not_found, "unknown service ID: " + waiter.service_id}));
    return true;
  }
  m::LocalService answer;
  *answer.mutable_service() = state_->agent_service(*service);
  answer.mutable_service()->set_content_hash(content_hash(answer.service()));
  if (answer.service().content_hash() == waiter.hash && now() < waiter.deadline)
    return false;
  waiter.promise.deliver(std::move(answer));
  return true;
}

void local_registry_state::answer_waiters() {
  std::erase_if(waiters_, [this](hash_waiter& waiter) { return answer_if_due(waiter); });
}

local_registry_state::time_point local_registry_state::next_deadline() const {
  auto next = std::min({core_->next_deadline(), state_->next_deadline(), reap_due_});
  for (const auto& waiter : waiters_)
    next = std::min(next, waiter.deadline);
  for (const auto& waiter : change_waiters_)
    next = std::min(next, waiter.deadline);
  return next;
}

void local_registry_state::schedule_tick() {
  const auto next = next_deadline();
  if (next >= tick_at_)
    return;
  tick_at_ = next;
  const auto current = now();
  const auto delay = next > current ? next - current : std::chrono::nanoseconds{0};
  self_->delayed_send(self_, delay, m::RegistryTick{});
}

local_registry_actor spawn_local_registry(caf::actor_system& system,
                                          local_registry_settings settings,
                                          local_registry_needs needs) {
  const bool own_thread = settings.own_thread;
  auto body = [settings = std::move(settings),
               needs = std::move(needs)](local_registry_state::pointer self) mutable {
    return self->state.start(std::move(settings), std::move(needs));
  };
  return own_thread ? system.spawn<caf::detached>(std::move(body)) : system.spawn(std::move(body));
}

}  // namespace troupe::actors
