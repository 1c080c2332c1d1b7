#include "actors/router/router_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "actors/runtime/errors.hpp"
#include "tests/support/played_actor.hpp"

namespace troupe::actors::router {
namespace {

// Every actor behind the router answers with a mark of its own.
kv_shard_actor::behavior_type marked_kv_shard() {
  const auto entries = [](const auto& request) {
    m::KvEntries marked;
    marked.mutable_meta()->set_index(request.options().min_index());
    marked.add_entries()->set_value("kv_shard");
    return marked;
  };
  return {[entries](const m::KvGet& get) { return entries(get); },
          [entries](const m::KvList& list) { return entries(list); },
          [](const m::KvKeys&) { return m::KvKeyNames(); }, [](const m::CancelQuery&) {},
          [](const m::ChangeSet&) {}};
}

raft_peer_actor::behavior_type marked_raft_peer() {
  return tests::played<raft_peer_actor>([](const m::Propose&) {
    m::CommandResult marked;
    marked.set_index(77);
    return marked;
  });
}

class router_on_a_thread : public testing::Test {
 protected:
  router_on_a_thread() : system_(config_), self_(system_), home_(system_) {
    home_.start();
    router_ = spawn_router(
        system_, home_,
        {"dc1", system_.spawn(marked_kv_shard), catalog_actor(), system_.spawn(marked_raft_peer)});
  }
  ~router_on_a_thread() override {
    self_->send_exit(router_, caf::exit_reason::user_shutdown);
    self_->wait_for(router_);
    router_ = nullptr;
    home_.stop();
  }

  template <class Reply, class Request>
  messages::result<Reply> ask(const Request& request) {
    messages::result<Reply> outcome = messages::failure{};
    self_->request(router_, std::chrono::seconds(20), request)
        .receive([&](Reply& reply) { outcome = std::move(reply); },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }

  caf::actor_system_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  io_thread home_;
  router_actor router_;
};

TEST_F(router_on_a_thread, passes_a_read_whole_to_the_shard_of_its_thread) {
  m::KvGet get;
  get.set_key("a");
  get.mutable_options()->set_min_index(5);
  get.mutable_options()->set_datacenter("dc1");
  const auto reply = ask<m::KvEntries>(get);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->entries(0).value(), "kv_shard");
  EXPECT_EQ(reply->meta().index(), 5u);
}

TEST_F(router_on_a_thread, passes_a_valid_write_to_the_raft_peer_and_no_other) {
  m::Propose propose;
  propose.mutable_command()->mutable_kv()->mutable_entry()->set_key("a");
  EXPECT_EQ(ask<m::CommandResult>(propose)->index(), 77u);
  propose.mutable_command()->mutable_deregister();
  EXPECT_EQ(ask<m::CommandResult>(propose).error().detail, "Must provide node");
}

TEST_F(router_on_a_thread, knows_no_way_to_another_datacenter) {
  m::KvGet get;
  get.set_key("a");
  get.mutable_options()->set_datacenter("dc2");
  const auto reply = ask<m::KvEntries>(get);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().detail, "No path to datacenter");
  EXPECT_EQ(reply.error().code, messages::errc::failed);
}

TEST_F(router_on_a_thread, refuses_a_malformed_key_of_a_read) {
  m::KvGet get;
  get.set_key(" a");
  EXPECT_FALSE(ask<m::KvEntries>(get));
}

TEST_F(router_on_a_thread, names_its_own_datacenter) {
  const auto known = ask<m::Datacenters>(m::DatacentersQuery());
  ASSERT_TRUE(known);
  ASSERT_EQ(known->names_size(), 1);
  EXPECT_EQ(known->names(0), "dc1");
}

}  // namespace
}  // namespace troupe::actors::router
