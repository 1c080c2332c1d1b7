#include "actors/registry/local_registry_actor.hpp"

#include <filesystem>
#include <memory>
#include <optional>

#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "messages/json_codec.hpp"
#include "tests/actors/registry/rules.hpp"
#include "tests/actors/registry/test_router.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class local_registry_test : public testing::Test {
 protected:
  void start(const std::string& data_dir = {}) {
    local_registry_settings settings;
    settings.node.set_node("n1");
    settings.node.set_id("id-1");
    settings.node.set_datacenter("dc1");
    settings.data_dir = data_dir;
    settings.own_thread = false;
    local_registry_needs needs;
    needs.router = tests::spawn_test_router(world.system, script);
    needs.rules = tests::health_rules();
    needs.start_prober = [this](const prober_order& order) {
      orders.push_back(order);
      return world.system.spawn([]() -> health_prober_actor::behavior_type {
        return {[](const m::TtlReport&) {}, [](const m::CheckStates&) {},
                [](const m::ProbeTick&) {}};
      });
    };
    needs.unix_now_ns = [this] { return wall_ns; };
    needs.cluster_nodes = [] { return std::size_t{1}; };
    registry = spawn_local_registry(world.system, settings, std::move(needs));
    world.run();
  }
  void stop() {
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
    world.run();
    orders.clear();
    registry = local_registry_actor{};
  }
  ~local_registry_test() override {
    if (registry)
      stop();
  }

  // The answer, or the failure that came instead.
  template <class Answer, class Request>
  m::result<Answer> ask(Request request) {
    std::optional<m::result<Answer>> outcome;
    auto asker = self->request(registry, caf::infinite, std::move(request));
    world.run();
    asker.receive([&](const Answer& answer) { outcome.emplace(answer); },
                  [&](const caf::error& why) { outcome.emplace(from_caf(why)); });
    return *outcome;
  }
  m::result<m::Done> register_service(const std::string& json) {
    m::RegisterService request;
    EXPECT_TRUE(m::from_json(json, *request.mutable_service()).has_value());
    return ask<m::Done>(request);
  }
  m::result<m::Done> report(const std::string& check, const std::string& status) {
    m::UpdateTtlCheck request;
    request.set_check_id(check);
    request.set_status(status);
    request.set_output("said " + status);
    return ask<m::Done>(request);
  }
  m::HealthCheck check(const std::string& id) {
    return ask<m::LocalChecks>(m::LocalChecksQuery{})->checks().at(id);
  }

  tests::virtual_system world;
  tests::router_script script;
  std::vector<prober_order> orders;
  std::int64_t wall_ns = 1'000'000'000'000;
  local_registry_actor registry;
  caf::scoped_actor self{world.system};
};

constexpr auto web = R"({"Name": "web", "Port": 80, "Check": {"TTL": "15s"}})";

TEST_F(local_registry_test, a_registration_reaches_the_catalog_without_any_time_passing) {
  start();
  ASSERT_EQ(script.proposed.size(), 1U) << "the node itself";
  ASSERT_TRUE(register_service(web));
  ASSERT_EQ(script.proposed.size(), 2U);
  EXPECT_EQ(script.proposed[1].register_().service().id(), "web");
  EXPECT_EQ(script.proposed[1].register_().checks_size(), 1);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].type, "ttl");
}

TEST_F(local_registry_test, a_ttl_report_shows_at_once_and_an_echo_of_it_changes_nothing) {
  start();
  ASSERT_TRUE(register_service(web));
  ASSERT_TRUE(report("service:web", "warning"));
  ASSERT_TRUE(report("service:web", "passing"));
  EXPECT_EQ(check("service:web").status(), "passing");
  EXPECT_EQ(check("service:web").output(), "said passing");
  EXPECT_EQ(script.proposed.back().register_().checks(0).status(), "passing");
}

TEST_F(local_registry_test, refuses_with_the_recorded_texts) {
  start();
  EXPECT_EQ(report("x", "passing").error().detail,
            "Unknown check ID \"x\". Ensure that the check ID is passed, not the check name.");
  m::RegisterCheck tcp;
  tcp.mutable_check()->set_name("tcp1");
  tcp.mutable_check()->set_tcp("127.0.0.1:1");
  tcp.mutable_check()->set_interval(1'000'000'000);
  ASSERT_TRUE(ask<m::Done>(tcp));
  EXPECT_EQ(report("tcp1", "passing").error().detail,
            "CheckID \"tcp1\" does not have associated TTL");
  tcp.mutable_check()->set_service_id("nosuch");
  EXPECT_EQ(ask<m::Done>(tcp).error().detail, "ServiceID \"nosuch\" does not exist");
  m::DeregisterService unknown;
  unknown.set_service_id("nosuch");
  const auto refused = ask<m::Done>(unknown);
  EXPECT_EQ(refused.error().code, m::errc::not_found);
  EXPECT_EQ(
      refused.error().detail,
      "Unknown service ID \"nosuch\". Ensure that the service ID is passed, not the service name.");
}

TEST_F(local_registry_test, a_query_by_hash_waits_for_a_change_or_its_time) {
  start();
  ASSERT_TRUE(register_service(web));
  m::LocalServiceQuery query;
  query.set_service_id("web");
  query.set_hash(ask<m::LocalService>(query)->service().content_hash());
  query.set_wait_ms(1000);
  int answers = 0;
  for (const bool change : {false, true}) {
    auto waiting = self->request(registry, caf::infinite, query);
    world.run();
    EXPECT_FALSE(self->has_next_message());
    if (change)
      ASSERT_TRUE(register_service(R"({"Name": "web", "Port": 81, "Check": {"TTL": "15s"}})"));
    else
      world.advance(1100ms);
    waiting.receive(
        [&](const m::LocalService& service) {
          EXPECT_EQ(service.service().content_hash() != query.hash(), change);
          ++answers;
        },
        [](const caf::error&) { FAIL(); });
  }
  EXPECT_EQ(answers, 2);
}

TEST_F(local_registry_test, without_a_leader_it_goes_on_and_catches_up_later) {
  script.fails = true;
  start();
  ASSERT_TRUE(register_service(web));
  EXPECT_TRUE(script.proposed.empty());
  script.fails = false;
  for (int i = 0; i < 40 && script.proposed.empty(); ++i)
    world.advance(1s);
  ASSERT_FALSE(script.proposed.empty());
  EXPECT_EQ(script.proposed[0].register_().service().id(), "web");
}

TEST_F(local_registry_test, a_restart_knows_services_maintenance_and_fresh_reports_again) {
  const tests::temporary_directory directory;
  const std::string folder = directory.path().string();
  start(folder);
  ASSERT_TRUE(register_service(web));
  ASSERT_TRUE(register_service(R"({"Name": "foo", "Connect": {"SidecarService": {}}})"));
  ASSERT_TRUE(report("service:web", "passing"));
  m::SetMaintenance maintenance;
  maintenance.set_enable(true);
  maintenance.set_reason("broken");
  ASSERT_TRUE(ask<m::Done>(maintenance));
  const auto before = ask<m::LocalChecks>(m::LocalChecksQuery{})->checks_size();
  stop();
  start(folder);
  EXPECT_EQ(ask<m::LocalServices>(m::LocalServicesQuery{})->services_size(), 3);
  EXPECT_EQ(ask<m::LocalChecks>(m::LocalChecksQuery{})->checks_size(), before);
  EXPECT_EQ(check("service:web").status(), "passing");
  EXPECT_EQ(check("_node_maintenance").notes(), "broken");
  stop();
  wall_ns += 16'000'000'000;
  start(folder);
  EXPECT_EQ(check("service:web").status(), "critical") << "the report is older than its TTL";
  m::DeregisterService gone;
  gone.set_service_id("foo");
  ASSERT_TRUE(ask<m::Done>(gone));
  stop();
  start(folder);
  EXPECT_EQ(ask<m::LocalServices>(m::LocalServicesQuery{})->services_size(), 1);
  stop();
}

}  // namespace
}  // namespace troupe::actors
