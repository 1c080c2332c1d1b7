// What a reloaded configuration does to what is registered.
#include <optional>
#include <set>

#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "actors/registry/local_registry_actor.hpp"
#include "messages/json_codec.hpp"
#include "tests/actors/registry/rules.hpp"
#include "tests/actors/registry/test_router.hpp"

namespace troupe::actors {
namespace {

using names = std::set<std::string>;

class local_registry_reload : public testing::Test {
 protected:
  local_registry_reload() {
    local_registry_settings settings;
    settings.node.set_node("n1");
    settings.node.set_datacenter("dc1");
    settings.own_thread = false;
    local_registry_needs needs;
    needs.router = tests::spawn_test_router(world.system, script);
    needs.rules = tests::health_rules();
    needs.start_prober = [this](const prober_order&) {
      return world.system.spawn([]() -> health_prober_actor::behavior_type {
        return {[](const m::TtlReport&) {}, [](const m::CheckStates&) {},
                [](const m::ProbeTick&) {}};
      });
    };
    needs.unix_now_ns = [] { return std::int64_t{0}; };
    needs.cluster_nodes = [] { return std::size_t{1}; };
    registry = spawn_local_registry(world.system, settings, std::move(needs));
    world.run();
  }
  ~local_registry_reload() override {
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
    world.run();
  }

  template <class Answer, class Request>
  m::result<Answer> ask(Request request) {
    std::optional<m::result<Answer>> outcome;
    auto asker = self->request(registry, caf::infinite, std::move(request));
    world.run();
    asker.receive([&](const Answer& answer) { outcome.emplace(answer); },
                  [&](const caf::error& why) { outcome.emplace(from_caf(why)); });
    return *outcome;
  }
  m::result<m::Done> reload(const std::vector<std::string>& services,
                            const std::vector<std::string>& checks = {}) {
    m::ConfiguredDefinitions all;
    for (const auto& json : services)
      EXPECT_TRUE(m::from_json(json, *all.add_services()).has_value()) << json;
    for (const auto& json : checks)
      EXPECT_TRUE(m::from_json(json, *all.add_checks()).has_value()) << json;
    return ask<m::Done>(all);
  }
  void register_by_request(const std::string& json) {
    m::RegisterService request;
    ASSERT_TRUE(m::from_json(json, *request.mutable_service()).has_value());
    ASSERT_TRUE(ask<m::Done>(request).has_value());
  }
  m::LocalServices services() { return *ask<m::LocalServices>(m::LocalServicesQuery{}); }
  names service_ids() {
    names ids;
    const auto all = services();
    for (const auto& [id, service] : all.services())
      ids.insert(id);
    return ids;
  }
  names check_ids() {
    names ids;
    const auto all = *ask<m::LocalChecks>(m::LocalChecksQuery{});
    for (const auto& [id, check] : all.checks())
      ids.insert(id);
    return ids;
  }

  tests::virtual_system world;
  tests::router_script script;
  caf::scoped_actor self{world.system};
  local_registry_actor registry;
};

TEST_F(local_registry_reload, what_is_no_longer_named_goes_and_what_came_by_request_stays) {
  ASSERT_TRUE(reload({R"({"Name":"a","Check":{"CheckID":"of-a","TTL":"1h"}})", R"({"Name":"b"})"},
                     {R"({"ID":"lone","Name":"lone","TTL":"1h"})"}));
  register_by_request(R"({"Name":"asked"})");
  EXPECT_EQ(service_ids(), (names{"a", "b", "asked"}));
  EXPECT_EQ(check_ids(), (names{"of-a", "lone"}));
  ASSERT_TRUE(reload({R"({"Name":"b","Port":8})", R"({"Name":"c"})"}));
  EXPECT_EQ(service_ids(), (names{"b", "c", "asked"}));
  EXPECT_EQ(services().services().at("b").port(), 8);
  EXPECT_EQ(check_ids(), names{});
}

TEST_F(local_registry_reload, one_refused_definition_changes_nothing) {
  ASSERT_TRUE(reload({R"({"Name":"a"})"}));
  const auto no_name = reload({R"({"Name":"b"})", R"({"Port":1})"});
  ASSERT_FALSE(no_name.has_value());
  EXPECT_TRUE(no_name.error().detail.starts_with(R"(Failed to register service "": )"))
      << no_name.error().detail;
  EXPECT_EQ(service_ids(), names{"a"});
  // The service that the check wants is about to go.
  const auto orphan = reload({R"({"Name":"b"})"}, {R"({"Name":"c","TTL":"1h","ServiceID":"a"})"});
  ASSERT_FALSE(orphan.has_value());
  EXPECT_EQ(orphan.error().detail, R"(Failed to register check "c": ServiceID "a" does not exist)");
  EXPECT_EQ(service_ids(), names{"a"});
}

TEST_F(local_registry_reload, a_check_of_its_own_may_be_of_a_new_service_or_of_one_that_stays) {
  register_by_request(R"({"Name":"asked"})");
  ASSERT_TRUE(
      reload({R"({"Name":"new"})"}, {R"({"ID":"1","Name":"c","TTL":"1h","ServiceID":"new"})",
                                     R"({"ID":"2","Name":"c","TTL":"1h","ServiceID":"asked"})"}));
  EXPECT_EQ(check_ids(), (names{"1", "2"}));
}

TEST_F(local_registry_reload, two_new_sidecars_take_different_ports_and_go_with_their_services) {
  const auto with_sidecar = [](const std::string& name) {
    return R"({"Name":")" + name + R"(","Port":1,"Connect":{"SidecarService":{}}})";
  };
  ASSERT_TRUE(reload({with_sidecar("a"), with_sidecar("b")}));
  const auto all = services();
  ASSERT_EQ(all.services().count("a-sidecar-proxy"), 1U);
  ASSERT_EQ(all.services().count("b-sidecar-proxy"), 1U);
  EXPECT_NE(all.services().at("a-sidecar-proxy").port(),
            all.services().at("b-sidecar-proxy").port());
  ASSERT_TRUE(reload({R"({"Name":"a","Port":1})"}));
  EXPECT_EQ(service_ids(), names{"a"});
  EXPECT_EQ(check_ids(), names{});
}

}  // namespace
}  // namespace troupe::actors
