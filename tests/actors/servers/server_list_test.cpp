#include "actors/servers/server_list.hpp"

#include <gtest/gtest.h>

#include "tests/actors/servers/some_servers.hpp"

namespace troupe::actors::servers {
namespace {

using messages::MemberEvent;

TEST(server_list, takes_servers_of_its_datacenter_and_no_others) {
  server_list list("dc1");
  EXPECT_TRUE(list.take(event(MemberEvent::JOINED, {some_server("a", 1)})));
  auto client = some_server("c", 3);
  (*client.mutable_tags())["role"] = "node";
  auto elsewhere = some_server("d", 4);
  (*elsewhere.mutable_tags())["dc"] = "dc2";
  EXPECT_FALSE(list.take(event(MemberEvent::JOINED, {client, elsewhere})));
  ASSERT_EQ(list.by_id().size(), 1u);
  const auto server = list.by_id().at("id-a").as_raft_server();
  EXPECT_EQ(server.address(), "10.0.0.1:8300");
  EXPECT_EQ(server.node(), "a");
  EXPECT_FALSE(server.non_voter());
}

TEST(server_list, refuses_tags_that_make_no_sense) {
  for (const char* port : {"", "0", "65536", "80x", "-1"}) {
    auto member = some_server("a", 1);
    (*member.mutable_tags())["port"] = port;
    EXPECT_FALSE(read_server(member, "dc1")) << port;
  }
  auto nameless = some_server("a", 1);
  nameless.mutable_tags()->erase("id");
  EXPECT_FALSE(read_server(nameless, "dc1"));
}

TEST(server_list, keeps_a_failed_server_known_and_not_alive) {
  server_list list("dc1");
  list.take(event(MemberEvent::JOINED, {some_server("a", 1)}));
  list.take(event(MemberEvent::FAILED, {some_server("a", 1)}));
  EXPECT_FALSE(list.by_id().at("id-a").is_alive);
  EXPECT_EQ(list.known("lan").servers_size(), 1);
  list.take(event(MemberEvent::JOINED, {some_server("a", 1)}));
  EXPECT_TRUE(list.by_id().at("id-a").is_alive);
}

TEST(server_list, remembers_who_left_until_it_is_told_to_forget) {
  server_list list("dc1");
  list.take(event(MemberEvent::JOINED, {some_server("a", 1)}));
  list.take(event(MemberEvent::LEFT, {some_server("a", 1)}));
  EXPECT_TRUE(list.by_id().empty());
  EXPECT_TRUE(list.gone().contains("id-a"));
  list.forget("id-a");
  EXPECT_TRUE(list.gone().empty());
}

TEST(server_list, knows_a_wiped_node_by_its_new_id_alone) {
  server_list list("dc1");
  list.take(event(MemberEvent::JOINED, {some_server("a", 1)}));
  auto wiped = some_server("a", 1);
  (*wiped.mutable_tags())["id"] = "id-new";
  list.take(event(MemberEvent::UPDATED, {wiped}));
  EXPECT_FALSE(list.by_id().contains("id-a"));
  EXPECT_TRUE(list.by_id().contains("id-new"));
  EXPECT_TRUE(list.gone().contains("id-a"));
}

TEST(server_list, writes_an_ipv6_address_in_brackets) {
  auto member = some_server("a", 1);
  member.set_addr("fd00::1");
  EXPECT_EQ(read_server(member, "dc1")->as_raft_server().address(), "[fd00::1]:8300");
}

}  // namespace
}  // namespace troupe::actors::servers
