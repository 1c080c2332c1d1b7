#include "actors/registry/local_state.hpp"

#include <gtest/gtest.h>

#include "messages/json_codec.hpp"
#include "tests/actors/registry/rules.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;
using time_point = local_state::time_point;

class local_state_test : public testing::Test {
 protected:
  void register_service(const std::string& json) {
    messages::ServiceDefinition definition;
    ASSERT_TRUE(messages::from_json(json, definition).has_value());
    const auto plan = plan_service(
        definition, {.node = "n1", .rules = rules, .sidecar_port = [this](const std::string& id) {
                       return state.sidecar_port(id);
                     }});
    ASSERT_TRUE(plan);
    put(plan->main, false);
    for (const auto& sidecar : plan->sidecar)
      put(sidecar, true);
  }
  void put(const planned_service& planned, bool sidecar) {
    state.put_service(planned, definition_origin::api, sidecar);
    for (const auto& check : planned.checks)
      state.put_check(check, "", definition_origin::api);
  }
  void everything_in_sync() {
    state.set_node_in_sync(true);
    for (const auto& [id, entry] : state.services())
      state.mark_service(id, true);
    for (const auto& [id, entry] : state.checks())
      state.mark_check(id, true);
    state.forget_removed();
  }
  std::string status(const std::string& check) const {
    return state.find_check(check)->shown.status();
  }
  std::string health(const std::string& service) const {
    return state.health_of(*state.find_service(service)).aggregated_status();
  }

  check_rules rules = tests::health_rules();
  std::mt19937_64 random{7};
  local_state state{{.datacenter = "dc1", .check_update_interval = 5min}, random};
  time_point t0{};
};

constexpr auto web = R"({"Name": "web", "Check": {"TTL": "15s"}})";

TEST_F(local_state_test, a_check_that_keeps_its_id_keeps_its_status) {
  register_service(web);
  state.update_check("service:web", "passing", "fine", t0);
  register_service(R"({"Name": "web", "Port": 9, "Check": {"TTL": "20s", "Status": "critical"}})");
  EXPECT_EQ(status("service:web"), "passing");
  EXPECT_EQ(state.find_check("service:web")->shown.output(), "fine");
}

TEST_F(local_state_test, a_status_is_news_at_once_and_an_output_only_later) {
  register_service(web);
  everything_in_sync();
  EXPECT_TRUE(state.update_check("service:web", "passing", "a", t0));
  EXPECT_FALSE(state.all_in_sync());
  everything_in_sync();
  EXPECT_TRUE(state.update_check("service:web", "passing", "b", t0));
  EXPECT_TRUE(state.all_in_sync());
  EXPECT_EQ(state.find_check("service:web")->shown.output(), "b");
  EXPECT_GE(state.next_deadline(), t0 + 150s);
  EXPECT_LE(state.next_deadline(), t0 + 450s);
  EXPECT_FALSE(state.tick(t0 + 149s));
  EXPECT_TRUE(state.tick(t0 + 450s));
  EXPECT_FALSE(state.all_in_sync());
  EXPECT_FALSE(state.update_check("service:web", "passing", "b", t0)) << "nothing new";
}

TEST_F(local_state_test, an_answer_about_an_older_version_does_not_count) {
  register_service(web);
  const auto version = state.services().at("web").sync.version;
  register_service(web);
  state.service_synced("web", version);
  EXPECT_FALSE(state.services().at("web").sync.in_sync);
  state.service_synced("web", state.services().at("web").sync.version);
  EXPECT_TRUE(state.services().at("web").sync.in_sync);
}

TEST_F(local_state_test, a_sidecar_goes_with_its_service) {
  register_service(R"({"Name": "web", "Connect": {"SidecarService": {}}})");
  EXPECT_EQ(state.services().size(), 2U);
  EXPECT_EQ(state.checks().size(), 2U);
  const auto gone = state.remove_service("web");
  EXPECT_EQ(gone.services.size(), 2U);
  EXPECT_EQ(gone.checks.size(), 2U);
  EXPECT_TRUE(state.services().empty());
  EXPECT_TRUE(state.checks().empty());
  EXPECT_EQ(state.removed_services().size(), 2U);
}

TEST_F(local_state_test, sidecars_take_the_lowest_free_port_and_keep_it) {
  register_service(R"({"Name": "a", "Connect": {"SidecarService": {}}})");
  register_service(R"({"Name": "b", "Connect": {"SidecarService": {}}})");
  EXPECT_EQ(state.find_service("b-sidecar-proxy")->port(), 21001);
  state.remove_service("a");
  register_service(R"({"Name": "b", "Port": 5, "Connect": {"SidecarService": {}}})");
  EXPECT_EQ(state.find_service("b-sidecar-proxy")->port(), 21001);
  for (int i = 0; i < 255; ++i)
    register_service(R"({"Name": "s)" + std::to_string(i) +
                     R"(", "Connect": {"SidecarService": {}}})");
  EXPECT_EQ(state.sidecar_port("one more"), 0) << "256 are taken";
}

TEST_F(local_state_test, health_is_the_worst_of_the_services_and_the_nodes_checks) {
  register_service(web);
  EXPECT_EQ(health("web"), "critical");
  state.update_check("service:web", "passing", "", t0);
  EXPECT_EQ(health("web"), "passing");
  messages::CheckDefinition disk;
  disk.set_name("disk");
  disk.set_ttl(1'000'000'000);
  disk.set_status("warning");
  const auto planned =
      plan_lone_check(disk, nullptr, {.node = "n1", .rules = rules, .sidecar_port = {}});
  state.put_check(*planned, "", definition_origin::api);
  EXPECT_EQ(health("web"), "warning");
  state.put_check(maintenance_check("n1", state.find_service("web"), ""), "",
                  definition_origin::api);
  EXPECT_EQ(health("web"), "maintenance");
  EXPECT_EQ(state.find_check("_service_maintenance:web")->shown.notes(),
            "Maintenance mode is enabled for this service, but no reason was provided. This is a "
            "default message.");
}

TEST_F(local_state_test, names_services_that_were_critical_for_too_long) {
  register_service(
      R"({"Name": "web", "Check": {"TTL": "15s", "DeregisterCriticalServiceAfter": "1s"}})");
  EXPECT_TRUE(state.to_be_reaped(t0 + 1h).empty()) << "never looked at";
  state.update_check("service:web", "critical", "TTL expired", t0);
  EXPECT_TRUE(state.to_be_reaped(t0 + 60s).empty()) << "a minute is the least";
  EXPECT_EQ(state.to_be_reaped(t0 + 61s), std::vector<std::string>{"web"});
  state.update_check("service:web", "passing", "", t0 + 61s);
  EXPECT_TRUE(state.to_be_reaped(t0 + 2h).empty());
}

}  // namespace
}  // namespace troupe::actors
