// From a played pool into a played log, in virtual time.
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/coordinates/coordinate_batch.hpp"
#include "actors/coordinates/coordinate_batcher_actor.hpp"
#include "actors/coordinates/coordinate_interval.hpp"
#include "actors/coordinates/coordinate_sender_actor.hpp"
#include "tests/support/played_actor.hpp"
#include "tests/support/virtual_system.hpp"

namespace troupe::actors::coordinates {
namespace {

using namespace std::chrono_literals;

messages::CoordinateEntry entry(const std::string& node, double height = 0) {
  messages::CoordinateEntry made;
  made.set_node(node);
  made.mutable_coord()->set_height(height);
  return made;
}

// -- how often -------------------------------------------------------------------------

TEST(send_interval, is_fifteen_to_thirty_seconds_in_a_small_pool) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const auto interval = send_interval(100, random);
    EXPECT_GE(interval, 15s);
    EXPECT_LT(interval, 30s);
  }
}

TEST(send_interval, keeps_a_large_pool_below_sixty_four_a_second) {
  std::mt19937_64 random(1);
  const auto interval = send_interval(64'000, random);
  EXPECT_GE(interval, 1000s);
  EXPECT_LT(interval, 2000s);
}

// -- the batch -----------------------------------------------------------------------------

TEST(coordinate_batch, keeps_the_newest_of_each_node) {
  coordinate_batch batch(5s);
  EXPECT_FALSE(batch.due());
  EXPECT_TRUE(batch.add(entry("a", 1)));
  EXPECT_TRUE(batch.add(entry("b", 2)));
  EXPECT_TRUE(batch.add(entry("a", 3)));
  const auto entries = batch.take(time_point(1s));
  ASSERT_EQ(entries.size(), 1U);
  ASSERT_EQ(entries[0].updates_size(), 2);
  EXPECT_EQ(entries[0].updates(0).coord().height(), 3);
  EXPECT_TRUE(batch.take(time_point(2s)).empty());
}

TEST(coordinate_batch, is_due_an_interval_after_the_last_one) {
  coordinate_batch batch(5s);
  batch.add(entry("a"));
  EXPECT_LE(*batch.due(), time_point(1s)) << "nothing was sent before";
  batch.take(time_point(1s));
  batch.add(entry("a"));
  EXPECT_EQ(batch.due(), time_point(6s));
}

TEST(coordinate_batch, is_cut_into_entries_and_passes_over_what_is_too_much) {
  coordinate_batch batch(5s);
  for (int i = 0; i < 640; ++i)
    EXPECT_TRUE(batch.add(entry("n" + std::to_string(i))));
  EXPECT_FALSE(batch.add(entry("one too many")));
  EXPECT_TRUE(batch.add(entry("n0", 7))) << "it has its place already";
  const auto entries = batch.take(time_point(1s));
  ASSERT_EQ(entries.size(), 5U);
  for (const auto& each : entries)
    EXPECT_EQ(each.updates_size(), 128);
}

// -- the actors ------------------------------------------------------------------------------

class coordinate_actors : public testing::Test {
 protected:
  coordinate_actors() {
    raft_ = world_.system.spawn([this] {
      return tests::played<raft_peer_actor>([this](const m::Propose& proposal) {
        proposed_.push_back(proposal.command());
        return m::CommandResult();
      });
    });
    batcher_ = spawn_coordinate_batcher(world_.system, {.raft_peer = raft_, .interval = 5s});
    router_ = world_.system.spawn([this] {
      return tests::played<router_actor>([this](const m::UpdateCoordinate& update) {
        updates_.push_back(update);
        return m::Done();
      });
    });
    pool_ = world_.system.spawn([this] {
      return tests::played<gossip_member_actor>(
          [this](const m::OwnCoordinateQuery&) -> caf::result<m::CoordinateEntry> {
            if (!own_)
              return to_caf({messages::errc::not_found, "no coordinates"});
            return *own_;
          });
    });
    world_.run();
  }
  ~coordinate_actors() override {
    for (const auto& each :
         {caf::actor_cast<caf::actor>(raft_), caf::actor_cast<caf::actor>(batcher_),
          caf::actor_cast<caf::actor>(router_), caf::actor_cast<caf::actor>(pool_),
          caf::actor_cast<caf::actor>(sender_)})
      caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    world_.run();
  }

  void update(const std::string& node) {
    m::UpdateCoordinate update;
    *update.mutable_entry() = entry(node);
    caf::anon_send(batcher_, update);
    world_.run();
  }
  void start_sender() {
    sender_ = spawn_coordinate_sender(world_.system, {.node = "n1",
                                                      .lan = pool_,
                                                      .router = router_,
                                                      .pool_members = [] { return std::size_t{3}; },
                                                      .random_seed = 7});
    world_.run();
  }

  tests::virtual_system world_;
  std::vector<m::Command> proposed_;
  std::vector<m::UpdateCoordinate> updates_;
  std::optional<m::CoordinateEntry> own_;
  raft_peer_actor raft_;
  coordinate_batcher_actor batcher_;
  router_actor router_;
  gossip_member_actor pool_;
  coordinate_sender_actor sender_;
};

TEST_F(coordinate_actors, the_first_goes_at_once_and_the_rest_in_one_entry_an_interval_later) {
  update("a");
  world_.advance(0s);
  ASSERT_EQ(proposed_.size(), 1U);
  EXPECT_EQ(proposed_[0].coordinates().updates(0).node(), "a");
  update("b");
  update("c");
  world_.advance(4s);
  EXPECT_EQ(proposed_.size(), 1U);
  world_.advance(1s);
  ASSERT_EQ(proposed_.size(), 2U);
  EXPECT_EQ(proposed_[1].coordinates().updates_size(), 2);
}

TEST_F(coordinate_actors, nothing_is_written_while_nothing_is_told) {
  update("a");
  world_.advance(1h);
  EXPECT_EQ(proposed_.size(), 1U);
}

TEST_F(coordinate_actors, an_agent_says_where_it_is_again_and_again) {
  own_ = entry("its name in the pool", 0.5);
  start_sender();
  world_.advance(14s);
  EXPECT_TRUE(updates_.empty());
  world_.advance(16s);
  ASSERT_EQ(updates_.size(), 1U);
  EXPECT_EQ(updates_[0].entry().node(), "n1");
  EXPECT_EQ(updates_[0].entry().coord().height(), 0.5);
  for (int i = 0; i < 300; ++i)
    world_.advance(1s);
  EXPECT_GE(updates_.size(), 10U);
  EXPECT_LE(updates_.size(), 22U);
}

TEST_F(coordinate_actors, an_agent_without_a_coordinate_says_nothing_and_asks_again) {
  start_sender();
  world_.advance(31s);
  EXPECT_TRUE(updates_.empty());
  own_ = entry("n1");
  world_.advance(31s);
  EXPECT_EQ(updates_.size(), 1U);
}

}  // namespace
}  // namespace troupe::actors::coordinates
