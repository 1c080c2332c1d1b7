#include "actors/leader/member_reconcile.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

messages::Node self() {
  messages::Node node;
  node.set_id("id-1");
  node.set_node("n1");
  node.set_address("127.0.0.1");
  node.set_datacenter("dc1");
  (*node.mutable_tagged_addresses())["wan_ipv4"] = "127.0.0.1";
  (*node.mutable_meta())["consul-version"] = "1.22.7";
  return node;
}

messages::Member member(const std::string& name, int status, const std::string& role) {
  messages::Member m;
  m.set_name(name);
  m.set_addr("127.0.0.1");
  m.set_status(status);
  m.set_protocol_min(1);
  m.set_protocol_max(5);
  m.set_protocol_cur(2);
  auto& tags = *m.mutable_tags();
  tags["role"] = role;
  tags["id"] = "id-1";
  tags["port"] = "8300";
  tags["raft_vsn"] = "3";
  tags["build"] = "1.22.7:";
  return m;
}

member_rows rows_of(const messages::RegisterRequest& request) {
  member_rows rows;
  auto& node = *rows.services.mutable_node();
  node.set_id(request.id());
  node.set_node(request.node());
  node.set_address(request.address());
  node.set_datacenter(request.datacenter());
  *node.mutable_tagged_addresses() = request.tagged_addresses();
  *node.mutable_meta() = request.node_meta();
  node.set_modify_index(17);
  if (request.has_service())
    *rows.services.add_services() = request.service();
  *rows.checks.add_checks() = request.check();
  return rows;
}

TEST(member_reconcile, registers_a_server_with_health_and_service_and_then_nothing) {
  const auto command = reconcile_member(member("n1", 1, "consul"), {}, self());
  ASSERT_TRUE(command);
  const auto& request = command->register_();
  EXPECT_EQ(request.node(), "n1");
  EXPECT_EQ(request.id(), "id-1");
  EXPECT_EQ(request.tagged_addresses().at("wan_ipv4"), "127.0.0.1");
  EXPECT_EQ(request.check().check_id(), "serfHealth");
  EXPECT_EQ(request.check().name(), "Serf Health Status");
  EXPECT_EQ(request.check().status(), "passing");
  EXPECT_EQ(request.check().output(), "Agent alive and reachable");
  EXPECT_EQ(request.service().id(), "consul");
  EXPECT_EQ(request.service().port(), 8300);
  EXPECT_EQ(request.service().meta().at("version"), "1.22.7");
  EXPECT_EQ(request.service().meta().at("serf_protocol_max"), "5");
  EXPECT_EQ(request.service().meta().at("non_voter"), "false");
  EXPECT_FALSE(reconcile_member(member("n1", 1, "consul"), rows_of(request), self()));
}

TEST(member_reconcile, keeps_what_another_node_says_of_itself) {
  auto command = reconcile_member(member("c1", 1, "node"), {}, self());
  ASSERT_TRUE(command);
  EXPECT_FALSE(command->register_().has_service());
  auto rows = rows_of(command->register_());
  (*rows.services.mutable_node()->mutable_meta())["rack"] = "7";
  EXPECT_FALSE(reconcile_member(member("c1", 1, "node"), rows, self()));
  rows.checks.mutable_checks(0)->set_status("critical");
  command = reconcile_member(member("c1", 1, "node"), rows, self());
  ASSERT_TRUE(command);
  EXPECT_EQ(command->register_().node_meta().at("rack"), "7");
}

TEST(member_reconcile, a_failed_member_is_critical_and_one_that_left_is_gone) {
  const auto registered = reconcile_member(member("c1", 1, "node"), {}, self());
  const auto rows = rows_of(registered->register_());
  const auto failed = reconcile_member(member("c1", 4, "node"), rows, self());
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->register_().check().status(), "critical");
  EXPECT_EQ(failed->register_().check().output(), "Agent not live or unreachable");
  const auto left = reconcile_member(member("c1", 3, "node"), rows, self());
  ASSERT_TRUE(left);
  EXPECT_EQ(left->deregister().node(), "c1");
  EXPECT_FALSE(reconcile_member(member("c1", 3, "node"), {}, self()));
  EXPECT_FALSE(reconcile_member(member("c1", 4, "node"), {}, self()));
  EXPECT_FALSE(reconcile_member(member("n1", 3, "consul"), rows, self())) << "never itself";
}

TEST(member_reconcile, a_member_that_is_no_agent_stays_out_of_the_catalog) {
  EXPECT_FALSE(reconcile_member(member("stranger", 1, ""), {}, self()));
  EXPECT_TRUE(reconcile_member(member("client", 1, "node"), {}, self()));
}

TEST(member_reconcile, forgotten_are_those_with_a_serf_health_that_the_pool_does_not_know) {
  messages::HealthChecks checks;
  for (const auto& [node, id] : {std::pair{"n1", "serfHealth"},
                                 {"gone", "serfHealth"},
                                 {"gone", "web"},
                                 {"external", "web"}}) {
    auto& check = *checks.add_checks();
    check.set_node(node);
    check.set_check_id(id);
  }
  EXPECT_EQ(forgotten_members({member("n1", 4, "node")}, checks), std::vector<std::string>{"gone"});
  member_rows rows;
  rows.services.mutable_node()->set_node("gone");
  const auto command = reconcile_member(left_member("gone"), rows, self());
  ASSERT_TRUE(command);
  EXPECT_EQ(command->deregister().node(), "gone");
}

}  // namespace
}  // namespace troupe::actors
