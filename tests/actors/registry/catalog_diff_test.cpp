#include "actors/registry/catalog_diff.hpp"

#include <gtest/gtest.h>

#include "tests/actors/registry/rules.hpp"

namespace troupe::actors {
namespace {

messages::Node this_node() {
  messages::Node node;
  node.set_id("11111111-2222-3333-4444-555555555555");
  node.set_node("n1");
  node.set_address("127.0.0.1");
  node.set_datacenter("dc1");
  (*node.mutable_tagged_addresses())["lan"] = "127.0.0.1";
  return node;
}

// As much of the catalog as one node needs: what commands make of its rows.
class catalog_model {
 public:
  void apply(const messages::Command& command, const std::string& node) {
    if (command.has_deregister())
      remove(command.deregister());
    else
      insert(command.register_(), node);
  }

  messages::NodeServices node_services() const {
    messages::NodeServices answer;
    if (has_node)
      *answer.mutable_node() = node_row;
    for (const auto& [id, row] : services)
      *answer.add_services() = row;
    return answer;
  }
  messages::HealthChecks node_checks() const {
    messages::HealthChecks answer;
    for (const auto& [id, row] : checks)
      *answer.add_checks() = row;
    return answer;
  }

  bool has_node = false;
  messages::Node node_row;
  std::map<std::string, messages::NodeService> services;
  std::map<std::string, messages::HealthCheck> checks;

 private:
  void remove(const messages::DeregisterRequest& request) {
    ASSERT_TRUE(!request.service_id().empty() || !request.check_id().empty())
        << "would remove the node";
    checks.erase(request.check_id());
    if (services.erase(request.service_id()) > 0)
      std::erase_if(
          checks, [&](const auto& row) { return row.second.service_id() == request.service_id(); });
  }
  void insert(const messages::RegisterRequest& request, const std::string& node) {
    ASSERT_EQ(request.node(), node);
    if (!request.skip_node_update()) {
      has_node = true;
      node_row.set_id(request.id());
      node_row.set_node(request.node());
      node_row.set_address(request.address());
      *node_row.mutable_tagged_addresses() = request.tagged_addresses();
      *node_row.mutable_meta() = request.node_meta();
    }
    ASSERT_TRUE(has_node) << "a service before its node";
    if (request.has_service())
      services[request.service().id()] = request.service();
    for (const auto& check : request.checks()) {
      ASSERT_TRUE(check.service_id().empty() || services.contains(check.service_id()));
      checks[check.check_id()] = check;
    }
  }
};

class catalog_diff_test : public testing::Test {
 protected:
  void put_service(const std::string& id, int port, bool with_check, bool override_tags = false) {
    messages::ServiceDefinition definition;
    definition.set_name("service-" + id);
    definition.set_id(id);
    definition.set_port(port);
    definition.set_enable_tag_override(override_tags);
    if (with_check)
      definition.add_checks()->set_ttl(15'000'000'000);
    const auto plan = plan_service(definition, {.node = "n1", .rules = rules, .sidecar_port = {}});
    ASSERT_TRUE(plan);
    state.put_service(plan->main, definition_origin::api, false);
    for (const auto& check : plan->main.checks)
      state.put_check(check, "", definition_origin::api);
  }
  void put_node_check(const std::string& id) {
    messages::CheckDefinition definition;
    definition.set_name(id);
    definition.set_ttl(15'000'000'000);
    const auto planned =
        plan_lone_check(definition, nullptr, {.node = "n1", .rules = rules, .sidecar_port = {}});
    ASSERT_TRUE(planned);
    state.put_check(*planned, "", definition_origin::api);
  }
  std::size_t send() {
    const auto steps = pending_steps(state, node);
    for (const auto& step : steps) {
      catalog.apply(step.command, "n1");
      mark_done(state, step);
    }
    return steps.size();
  }
  void compare() {
    compare_with_catalog(state, node, catalog.node_services(), catalog.node_checks());
  }

  messages::Node node = this_node();
  check_rules rules = tests::health_rules();
  std::mt19937_64 random{7};
  local_state state{{.datacenter = "dc1"}, random};
  catalog_model catalog;
};

TEST_F(catalog_diff_test, a_service_travels_together_with_its_checks) {
  put_service("web", 80, true);
  compare();
  const auto steps = pending_steps(state, node);
  ASSERT_EQ(steps.size(), 1U);
  const auto& request = steps[0].command.register_();
  EXPECT_EQ(request.service().id(), "web");
  ASSERT_EQ(request.checks_size(), 1);
  EXPECT_EQ(request.checks(0).check_id(), "service:web");
  EXPECT_FALSE(request.skip_node_update());
  send();
  EXPECT_TRUE(state.all_in_sync());
  compare();
  EXPECT_EQ(send(), 0U) << "what was sent is found again";
}

TEST_F(catalog_diff_test, what_the_leader_keeps_is_not_touched) {
  catalog.services["consul"].set_id("consul");
  catalog.checks["serfHealth"].set_check_id("serfHealth");
  catalog.services["stray"].set_id("stray");
  auto& check = catalog.checks["stray-check"];
  check.set_check_id("stray-check");
  check.set_service_id("stray");
  compare();
  send();
  EXPECT_TRUE(catalog.services.contains("consul"));
  EXPECT_TRUE(catalog.checks.contains("serfHealth"));
  EXPECT_FALSE(catalog.services.contains("stray"));
  EXPECT_FALSE(catalog.checks.contains("stray-check"));
}

TEST_F(catalog_diff_test, foreign_tags_stay_under_enable_tag_override_alone) {
  put_service("free", 80, false, true);
  put_service("strict", 81, false);
  compare();
  send();
  for (auto& [id, row] : catalog.services) {
    row.add_tags("foreign");
    row.set_port(1);
  }
  compare();
  send();
  EXPECT_EQ(catalog.services["free"].port(), 80);
  EXPECT_EQ(catalog.services["free"].tags_size(), 1);
  EXPECT_EQ(state.find_service("free")->tags_size(), 1);
  EXPECT_EQ(catalog.services["strict"].port(), 81);
  EXPECT_EQ(catalog.services["strict"].tags_size(), 0);
}

TEST_F(catalog_diff_test, an_output_that_waits_is_not_a_difference) {
  local_state patient{{.datacenter = "dc1", .check_update_interval = std::chrono::minutes{5}},
                      random};
  std::swap(state, patient);
  put_node_check("disk");
  compare();
  send();
  state.update_check("disk", "critical", "full", {});
  compare();
  EXPECT_TRUE(state.all_in_sync());
  state.update_check("disk", "passing", "empty", {});
  send();
  EXPECT_EQ(catalog.checks["disk"].output(), "empty");
}

// Random changes on both sides, sent or lost at random: after one comparison and one round of
// commands the catalog shows exactly what the node knows, and a second round has nothing to say.
TEST_F(catalog_diff_test, one_round_brings_any_catalog_in_line) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 dice(seed);
    const auto roll = [&](int sides) {
      return static_cast<int>(dice() % static_cast<unsigned>(sides));
    };
    for (int i = 0; i < 40; ++i) {
      const std::string id = std::to_string(roll(5));
      switch (roll(8)) {
        case 0:
        case 1:
          put_service(id, roll(3), roll(2) == 0);
          break;
        case 2:
          state.remove_service(id);
          break;
        case 3:
          put_node_check("node-" + id);
          break;
        case 4:
          state.remove_check(roll(2) == 0 ? "node-" + id : "service:" + id);
          break;
        case 5:
          catalog.services[id].set_id(id);
          catalog.services[id].set_port(roll(3));
          break;
        case 6:
          catalog.checks.erase("service:" + id);
          catalog.has_node = roll(4) != 0;
          break;
        default:
          if (roll(2) == 0 && catalog.has_node && state.node_in_sync())
            send();
      }
    }
    compare();
    send();
    EXPECT_TRUE(state.all_in_sync());
    ASSERT_EQ(catalog.services.size(), state.services().size());
    ASSERT_EQ(catalog.checks.size(), state.checks().size());
    for (const auto& [id, entry] : state.services())
      EXPECT_EQ(catalog.services[id].port(), entry.service.port());
    compare();
    EXPECT_EQ(send(), 0U);
  }
}

}  // namespace
}  // namespace troupe::actors
