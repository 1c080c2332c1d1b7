// The prober with a real io_thread; the registry and the router are played by the test.
#include "actors/health/health_prober_actor.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/health/probes/probe_environment.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class health_prober_test : public testing::Test {
 protected:
  health_prober_test() { home_.start(); }

  ~health_prober_test() override {
    if (prober_) {
      registry_->monitor(prober_);
      caf::anon_send_exit(prober_, caf::exit_reason::user_shutdown);
      registry_->receive([](const caf::down_msg&) {},
                         caf::after(10s) >> [] { ADD_FAILURE() << "the prober never ended"; });
      prober_ = nullptr;
    }
    if (router_)
      caf::anon_send_exit(router_, caf::exit_reason::user_shutdown);
  }

  void start(messages::CheckDefinition definition) {
    auto plan = plan_check(definition, {.scripts_from_api = true}, check_origin::api);
    ASSERT_TRUE(plan);
    health_prober_needs needs;
    needs.registry = caf::actor_cast<local_registry_actor>(caf::actor{registry_});
    if (router_)
      needs.router = caf::actor_cast<router_actor>(router_);
    needs.probes = &environment_;
    needs.own_node = "n1";
    needs.seed = 7;
    prober_ = spawn_health_prober(system_, home_, {"c1", *plan, {}}, needs);
  }

  // What the registry is told next: "status: output".
  std::string next_update() {
    std::string told = "nothing";
    registry_->receive(
        [&](const messages::CheckUpdate& update) {
          EXPECT_EQ(update.check_id(), "c1");
          told = update.status() + ": " + update.output();
        },
        caf::after(10s) >> [] {});
    return told;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  io_thread home_{system_};
  probe_environment environment_{home_.context(), {}};
  caf::scoped_actor registry_{system_};
  caf::actor router_;
  health_prober_actor prober_;
};

TEST_F(health_prober_test, passes_on_ttl_reports_and_expires_them) {
  messages::CheckDefinition definition;
  definition.set_ttl(std::chrono::nanoseconds{200ms}.count());
  start(definition);
  messages::TtlReport report;
  report.set_status("passing");
  report.set_output("fine");
  caf::anon_send(prober_, report);
  EXPECT_EQ(next_update(), "passing: fine");
  EXPECT_EQ(next_update(), "critical: TTL expired (last output before timeout follows): fine");
}

TEST_F(health_prober_test, leaves_the_cut_of_a_report_to_the_registry) {
  messages::CheckDefinition definition;
  definition.set_ttl(std::chrono::nanoseconds{10s}.count());
  definition.set_output_max_size(4);
  start(definition);
  messages::TtlReport report;
  report.set_status("passing");
  report.set_output("fine ... (captured 4 of 9 bytes)");
  caf::anon_send(prober_, report);
  EXPECT_EQ(next_update(), "passing: fine ... (captured 4 of 9 bytes)");
}

TEST_F(health_prober_test, runs_its_probe_and_tells_the_result) {
  messages::CheckDefinition definition;
  definition.set_tcp("127.0.0.1:1");
  definition.set_interval(std::chrono::nanoseconds{1s}.count());
  start(definition);
  EXPECT_EQ(next_update(), "critical: dial tcp 127.0.0.1:1: connect: connection refused");
}

TEST_F(health_prober_test, ends_in_the_middle_of_a_run) {
  messages::CheckDefinition definition;
  for (const auto* argument : {"sleep", "300"})
    definition.add_args(argument);
  definition.set_interval(std::chrono::nanoseconds{1s}.count());
  start(definition);
  registry_->receive([](const messages::CheckUpdate&) { ADD_FAILURE() << "it cannot have ended"; },
                     caf::after(1200ms) >> [] {});
}

TEST_F(health_prober_test, mirrors_what_the_registry_says_of_a_local_alias) {
  messages::CheckDefinition definition;
  definition.set_alias_service("web");
  start(definition);
  messages::CheckStates states;
  auto& check = *states.add_checks();
  check.set_service_id("web");
  check.set_name("http");
  check.set_status("warning");
  check.set_output("slow");
  caf::anon_send(prober_, states);
  EXPECT_EQ(next_update(), "warning: Aliased check \"http\" failing: slow");
}

// Answers the first query with a critical check at index 5, the next, which must wait for more,
// with a passing one; then never again.
caf::behavior scripted_router(caf::event_based_actor* self) {
  const auto pending = std::make_shared<std::vector<caf::response_promise>>();
  return {
      [self, pending](const messages::NodeChecksQuery& query) -> caf::response_promise {
        auto promise = self->make_response_promise();
        messages::HealthChecks answer;
        auto& check = *answer.add_checks();
        check.set_node("n2");
        check.set_service_id("web");
        check.set_name("http");
        const auto after = query.options().min_index();
        check.set_status(after == 0 ? "critical" : "passing");
        answer.mutable_meta()->set_index(after + 5);
        if (after < 10)
          promise.deliver(answer);
        else
          pending->push_back(promise);
        return promise;
      },
  };
}

TEST_F(health_prober_test, follows_an_alias_of_another_node_by_blocking_queries) {
  router_ = system_.spawn(scripted_router);
  messages::CheckDefinition definition;
  definition.set_alias_node("n2");
  definition.set_alias_service("web");
  start(definition);
  EXPECT_EQ(next_update(), "critical: Aliased check \"http\" failing: ");
  EXPECT_EQ(next_update(), "passing: All checks passing.");
}

}  // namespace
}  // namespace troupe::actors
