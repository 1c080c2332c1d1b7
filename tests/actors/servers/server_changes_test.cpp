#include "actors/servers/server_changes.hpp"

#include <gtest/gtest.h>

#include "tests/actors/servers/some_servers.hpp"

namespace troupe::actors::servers {
namespace {

using messages::MemberEvent;

class server_changes : public testing::Test {
 protected:
  std::optional<server_change> next() const { return next_change(now_, members_, "id-a"); }

  server_list members_ = list_of({some_server("a", 1), some_server("b", 2), some_server("c", 3)});
  messages::RaftConfiguration now_ = configuration_of(members_);
};

TEST_F(server_changes, none_where_members_and_configuration_agree) {
  EXPECT_FALSE(next());
}

TEST_F(server_changes, adds_a_server_that_came) {
  members_.take(event(MemberEvent::JOINED, {some_server("d", 4)}));
  ASSERT_TRUE(next());
  EXPECT_FALSE(next()->removes);
  EXPECT_EQ(next()->server.id(), "id-d");
}

TEST_F(server_changes, adds_a_replica_without_a_vote_and_leaves_it_so) {
  auto replica = some_server("d", 4);
  (*replica.mutable_tags())["read_replica"] = "1";
  members_.take(event(MemberEvent::JOINED, {replica}));
  ASSERT_TRUE(next());
  EXPECT_TRUE(next()->server.non_voter());
  *now_.add_servers() = next()->server;
  EXPECT_FALSE(next());
}

TEST_F(server_changes, gives_a_vote_to_a_server_that_stayed_without) {
  now_.mutable_servers(1)->set_non_voter(true);
  ASSERT_TRUE(next());
  EXPECT_EQ(next()->server.id(), "id-b");
  EXPECT_FALSE(next()->server.non_voter());
}

TEST_F(server_changes, removes_one_that_left_and_never_one_that_failed) {
  members_.take(event(MemberEvent::FAILED, {some_server("b", 2)}));
  EXPECT_FALSE(next());
  members_.take(event(MemberEvent::LEFT, {some_server("b", 2)}));
  ASSERT_TRUE(next());
  EXPECT_TRUE(next()->removes);
  EXPECT_EQ(next()->server.id(), "id-b");
}

TEST_F(server_changes, never_removes_itself) {
  members_.take(event(MemberEvent::LEFT, {some_server("a", 1)}));
  EXPECT_FALSE(next());
}

TEST_F(server_changes, follows_a_server_to_another_address) {
  members_.take(event(MemberEvent::UPDATED, {some_server("b", 7)}));
  ASSERT_TRUE(next());
  EXPECT_EQ(next()->server.address(), "10.0.0.7:8300");
}

TEST_F(server_changes, removes_the_old_id_of_a_wiped_server_before_it_adds_the_new_one) {
  auto wiped = some_server("b", 2);
  (*wiped.mutable_tags())["id"] = "id-new";
  members_.take(event(MemberEvent::JOINED, {wiped}));
  ASSERT_TRUE(next());
  EXPECT_TRUE(next()->removes);
  EXPECT_EQ(next()->server.id(), "id-b");
  now_.mutable_servers()->DeleteSubrange(1, 1);
  ASSERT_TRUE(next());
  EXPECT_FALSE(next()->removes);
  EXPECT_EQ(next()->server.id(), "id-new");
}

}  // namespace
}  // namespace troupe::actors::servers
