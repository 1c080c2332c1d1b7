// The metrics' intervals, in virtual time.
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/errors.hpp"
#include "actors/self/agent_self_actor.hpp"
#include "tests/support/virtual_system.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class agent_metrics_test : public testing::Test {
 protected:
  void start(bool prometheus) {
    agent_self_needs needs;
    needs.metrics = &registry_;
    needs.naming = {.prefix = "consul", .host = "vm"};
    needs.prometheus = prometheus;
    needs.unix_now_ns = [this] { return unix_now_ns_; };
    self_ = spawn_agent_self(world_.system, std::move(needs));
    world_.run();
  }
  ~agent_metrics_test() override {
    caf::anon_send_exit(self_, caf::exit_reason::user_shutdown);
    world_.run();
  }

  // The wall clock goes along.
  void pass(std::chrono::nanoseconds time) {
    unix_now_ns_ += time.count();
    world_.advance(time);
  }

  m::AgentMetrics ask(bool prometheus = false) {
    m::AgentMetrics answer;
    m::AgentMetricsQuery query;
    query.set_prometheus(prometheus);
    world_.system.spawn([&](caf::event_based_actor* asking) {
      asking->request(self_, caf::infinite, query)
          .then([&](const m::AgentMetrics& metrics) { answer = metrics; },
                [](const caf::error& why) { ADD_FAILURE() << from_caf(why).detail; });
    });
    world_.run();
    return answer;
  }

  tests::virtual_system world_;
  metrics_registry registry_;
  std::int64_t unix_now_ns_ = 1'795'360'563'000'000'000;  // 3 s into an interval
  agent_self_actor self_;
};

TEST_F(agent_metrics_test, the_first_interval_is_shown_while_it_lasts) {
  start(false);
  registry_.counter({"c"}, "").add();
  EXPECT_EQ(ask().timestamp(), "2026-11-22 15:16:00 +0000 UTC");
  EXPECT_EQ(ask().counters_size(), 1);
}

TEST_F(agent_metrics_test, an_interval_ends_at_a_whole_multiple_of_ten_seconds) {
  start(false);
  auto& counter = registry_.counter({"c"}, "");
  counter.add(5);
  pass(7s);
  counter.add(1);
  EXPECT_EQ(ask().timestamp(), "2026-11-22 15:16:00 +0000 UTC");
  EXPECT_EQ(ask().counters(0).sum(), 5);
  pass(10s);
  EXPECT_EQ(ask().timestamp(), "2026-11-22 15:16:10 +0000 UTC");
  EXPECT_EQ(ask().counters(0).sum(), 1);
  pass(10s);
  EXPECT_EQ(ask().counters_size(), 0);
}

TEST_F(agent_metrics_test, a_timer_that_rings_too_early_ends_no_interval) {
  start(false);
  auto& counter = registry_.counter({"c"}, "");
  counter.add(5);
  unix_now_ns_ -= std::chrono::nanoseconds(1ms).count();
  pass(7s);
  EXPECT_EQ(ask().counters(0).sum(), 5);
  counter.add(2);
  pass(1ms);
  EXPECT_EQ(ask().counters(0).sum(), 7);
}

TEST_F(agent_metrics_test, gauges_of_the_process_are_there_from_the_start) {
  start(false);
  bool found = false;
  const auto metrics = ask();
  for (const auto& gauge : metrics.gauges())
    found = found || (gauge.name() == "consul.vm.runtime.alloc_bytes" && gauge.value() > 0);
  EXPECT_TRUE(found);
}

TEST_F(agent_metrics_test, prometheus_is_answered_only_where_it_is_on) {
  start(false);
  EXPECT_TRUE(ask(true).prometheus_is_off());
  EXPECT_EQ(ask(true).prometheus(), "");
}

TEST_F(agent_metrics_test, prometheus_gets_the_present_values) {
  start(true);
  registry_.counter({"c"}, "Some.").add(4);
  EXPECT_FALSE(ask(true).prometheus_is_off());
  EXPECT_NE(ask(true).prometheus().find("\nconsul_c 4\n"), std::string::npos);
}

}  // namespace
}  // namespace troupe::actors
