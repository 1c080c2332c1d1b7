#include "actors/leader/leader_duties_actor.hpp"

#include <gtest/gtest.h>

#include "tests/actors/registry/test_router.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class leader_duties_test : public testing::Test {
 protected:
  leader_duties_test() {
    leader_duties_settings settings;
    settings.self.set_node("n1");
    settings.self.set_id("id-1");
    settings.self.set_address("127.0.0.1");
    settings.self.set_datacenter("dc1");
    settings.ca_cluster_id = "11111111-2222-3333-4444-555555555555";
    raft = world.system.spawn([] {
      return tests::played<raft_peer_actor>(
          [](const m::RaftStatusQuery&) { return m::RaftStatus{}; });
    });
    self_actor = world.system.spawn([] {
      return tests::played<agent_self_actor>([](const m::MembersQuery&) {
        m::Members members;
        auto& own = *members.add_members();
        own.set_name("n1");
        own.set_addr("127.0.0.1");
        own.set_status(1);
        (*own.mutable_tags())["role"] = "consul";
        (*own.mutable_tags())["port"] = "8300";
        return members;
      });
    });
    router = tests::spawn_test_router(world.system, script);
    duties = spawn_leader_duties(world.system, settings,
                                 {raft, router, self_actor, [] { return std::int64_t{1000}; }});
    world.run();
  }
  ~leader_duties_test() override {
    caf::anon_send_exit(duties, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(raft, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(self_actor, caf::exit_reason::user_shutdown);
    world.run();
  }
  void leads(bool does, std::uint64_t term = 1) {
    m::LeadershipChanged change;
    change.set_is_leader(does);
    change.set_term(term);
    caf::anon_send(duties, change);
    world.run();
  }

  tests::virtual_system world;
  tests::router_script script;
  raft_peer_actor raft;
  agent_self_actor self_actor;
  router_actor router;
  leader_duties_actor duties;
};

TEST_F(leader_duties_test, a_new_leader_has_a_root_and_its_node_without_any_time_passing) {
  EXPECT_TRUE(script.proposed.empty());
  leads(true);
  ASSERT_EQ(script.proposed.size(), 2U);
  bool root = false;
  bool node = false;
  for (const auto& command : script.proposed) {
    root = root || (command.has_ca_root() &&
                    command.ca_root().cluster_id() == "11111111-2222-3333-4444-555555555555");
    node = node || command.register_().check().check_id() == "serfHealth";
  }
  EXPECT_TRUE(root);
  EXPECT_TRUE(node);
}

TEST_F(leader_duties_test, a_root_that_is_there_is_left_alone) {
  script.roots.set_active_root_id("aa:bb");
  leads(true);
  ASSERT_EQ(script.proposed.size(), 1U);
  EXPECT_TRUE(script.proposed[0].has_register_());
}

TEST_F(leader_duties_test, what_failed_is_tried_again_soon_and_ends_with_the_leadership) {
  script.fails = true;
  leads(true);
  EXPECT_TRUE(script.proposed.empty());
  world.advance(50ms);
  EXPECT_TRUE(script.proposed.empty());
  script.fails = false;
  leads(false, 2);
  world.advance(10min);
  EXPECT_TRUE(script.proposed.empty()) << "no longer the leader";
  script.fails = true;
  leads(true, 3);
  script.fails = false;
  world.advance(50ms);
  EXPECT_EQ(script.proposed.size(), 2U);
}

TEST_F(leader_duties_test, members_are_looked_at_every_minute) {
  leads(true);
  const auto before = script.proposed.size();
  world.advance(59s);
  EXPECT_EQ(script.proposed.size(), before);
  world.advance(1s);
  EXPECT_EQ(script.proposed.size(), before + 1) << "its rows are still missing";
}

}  // namespace
}  // namespace troupe::actors
