#include "actors/health/health_prober_actor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <caf/actor_system.hpp>

#include "actors/runtime/errors.hpp"

namespace troupe::actors {

namespace {

using namespace std::chrono_literals;

// A blocking query of an alias: short enough that a lost answer is noticed, as Consul's.
constexpr auto alias_wait = 60s;
constexpr auto alias_request_limit = 75s;  // the wait, its jitter (a sixteenth) and the way there
constexpr auto alias_lookup_limit = 10s;
constexpr auto alias_retry_max = 60s;
constexpr int alias_quick_retries = 3;

check_options core_options(const health_prober_options& options) {
  const auto& definition = options.plan.definition;
  const bool is_ttl = options.plan.kind == check_kind::ttl;
  const bool is_alias = options.plan.kind == check_kind::alias;
  check_options core;
  core.interval = std::chrono::nanoseconds{is_ttl || is_alias ? 0 : definition.interval()};
  core.ttl = std::chrono::nanoseconds{is_ttl ? definition.ttl() : 0};
  core.success_before_passing = definition.success_before_passing();
  core.failures_before_warning = definition.failures_before_warning();
  core.failures_before_critical = definition.failures_before_critical();
  // The registry cuts what is reported before it passes it on: cut twice, the text would be another
  // than the one shown.
  core.output_bytes_max = is_ttl ? std::numeric_limits<std::size_t>::max()
                                 : static_cast<std::size_t>(definition.output_max_size());
  core.initial = options.initial;
  return core;
}

}  // namespace

health_prober::health_prober(caf::actor_config& config, io_thread& home,
                             health_prober_options options, health_prober_needs needs)
    : io_actor(config, home),
      options_(std::move(options)),
      needs_(std::move(needs)),
      random_(needs_.seed) {}

health_prober::behavior_type health_prober::make_behavior() {
  const auto& definition = options_.plan.definition;
  core_ = std::make_unique<check_core>(core_options(options_), random_, now());
  if (options_.plan.kind == check_kind::alias) {
    asks_for_alias_ =
        !definition.alias_node().empty() && definition.alias_node() != needs_.own_node;
    alias_ = {asks_for_alias_ ? definition.alias_node() : "", definition.alias_service()};
    if (asks_for_alias_)
      ask_for_checks();
  } else if (options_.plan.kind != check_kind::ttl) {
    if (auto made = make_probe(options_.plan, *needs_.probes))
      probe_ = std::move(*made);
    else
      report({check_status::critical, made.error().detail});
  }
  arm();
  return {
      // From the registry.
      [this](const messages::TtlReport& told) { on_ttl_report(told); },
      [this](const messages::CheckStates& states) { on_check_states(states); },
      // From this prober's own timer.
      [this](const messages::ProbeTick&) { on_tick(); },
  };
}

void health_prober::on_exit() {
  probe_.reset();  // cancels a run under way: its callback names this actor
}

void health_prober::on_ttl_report(const messages::TtlReport& told) {
  if (options_.plan.kind != check_kind::ttl)
    return;
  report({parse_check_status(told.status()).value_or(check_status::critical), told.output()});
}

void health_prober::on_check_states(const messages::CheckStates& states) {
  if (options_.plan.kind != check_kind::alias || asks_for_alias_)
    return;
  report(evaluate_alias(alias_, {states.checks(), states.target_missing()}));
}

void health_prober::ask_for_checks() {
  messages::NodeChecksQuery query;
  query.set_node(alias_.node);
  query.mutable_options()->set_token(options_.plan.definition.token());
  query.mutable_options()->set_consistency(messages::STALE);
  query.mutable_options()->set_min_index(alias_index_);
  query.mutable_options()->set_wait_ms(std::chrono::milliseconds{alias_wait}.count());
  request(needs_.router, alias_request_limit, std::move(query))
      .then([this](const messages::HealthChecks& answer) { on_checks(answer); },
            [this](const caf::error& why) { on_query_failed(why); });
}

void health_prober::on_checks(const messages::HealthChecks& answer) {
  alias_failures_ = 0;
  // At least 1, so that the next query blocks whatever was answered.
  alias_index_ = std::max<std::uint64_t>(answer.meta().index(), 1);
  if (!has_check_of(alias_, answer.checks()))
    return ask_whether_target_exists(answer);
  report(evaluate_alias(alias_, {answer.checks(), false}));
  ask_for_checks();
}

// Without a check of its own a service may be well or not there at all.
void health_prober::ask_whether_target_exists(messages::HealthChecks checks) {
  messages::NodeServicesQuery query;
  query.set_node(alias_.node);
  query.mutable_options()->set_token(options_.plan.definition.token());
  query.mutable_options()->set_consistency(messages::STALE);
  const auto shared = std::make_shared<const messages::HealthChecks>(std::move(checks));
  const auto decide = [this, shared](bool missing) {
    report(evaluate_alias(alias_, {shared->checks(), missing}));
    ask_again_later();
  };
  request(needs_.router, alias_lookup_limit, std::move(query))
      .then(
          [this, decide](const messages::NodeServices& answer) {
            const auto& services = answer.services();
            decide(std::none_of(services.begin(), services.end(), [this](const auto& service) {
              return service.id() == alias_.service_id;
            }));
          },
          // Not known is not missing.
          [decide](const caf::error&) { decide(false); });
}

void health_prober::on_query_failed(const caf::error& why) {
  ++alias_failures_;
  if (alias_failures_ > 1)  // one failure may be no more than a change of leader
    report({check_status::critical,
            "Failure checking aliased node or service: " + from_caf(why).detail});
  ask_again_later();
}

void health_prober::ask_again_later() {
  auto delay = 1s;
  if (alias_failures_ > alias_quick_retries) {
    const int doublings = std::min(alias_failures_ - alias_quick_retries, 6);
    delay = std::min<std::chrono::seconds>(1s * (1 << doublings), alias_retry_max);
  }
  alias_due_ = now() + delay;
  arm();
}

void health_prober::on_tick() {
  armed_for_ = check_core::time_point::max();
  if (now() >= alias_due_) {
    alias_due_ = check_core::time_point::max();
    ask_for_checks();
  }
  core_->tick(now());
  carry_out();
}

void health_prober::report(check_result result) {
  core_->on_report(std::move(result), now());
  carry_out();
}

void health_prober::carry_out() {
  auto duties = core_->take_output();
  if (duties.update) {
    messages::CheckUpdate update;
    update.set_check_id(options_.check_id);
    update.set_status(std::string(to_text(duties.update->status)));
    update.set_output(std::move(duties.update->output));
    send(needs_.registry, std::move(update));
  }
  if (duties.run && probe_) {
    probe_->start([this](check_result result) {
      core_->on_result(std::move(result), now());
      carry_out();
    });
  }
  arm();
}

// One tick is under way at most, and none is taken back: one that comes too early arms the next. So
// a TTL that is renewed a thousand times costs no thousand timers.
void health_prober::arm() {
  const auto due = std::min(core_->next_deadline(), alias_due_);
  if (due >= armed_for_)
    return;
  armed_for_ = due;
  delayed_send(this, std::max<std::chrono::nanoseconds>(due - now(), 0ns), messages::ProbeTick{});
}

check_core::time_point health_prober::now() {
  return system().clock().now();
}

health_prober_actor spawn_health_prober(caf::actor_system& system, io_thread& home,
                                        health_prober_options options, health_prober_needs needs) {
  return system.spawn<health_prober>(std::ref(home), std::move(options), std::move(needs));
}

}  // namespace troupe::actors
