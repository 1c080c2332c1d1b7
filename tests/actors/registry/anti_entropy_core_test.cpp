#include "actors/registry/anti_entropy_core.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class anti_entropy_test : public testing::Test {
 protected:
  using time_point = anti_entropy_core::time_point;

  void read_once() {
    ASSERT_TRUE(core.take_output(now).read_catalog);
    core.on_catalog(true, 1, now);
    ASSERT_TRUE(core.take_output(now).send_changes);
    core.on_sent(true, now);
  }
  bool nothing_to_do() {
    const auto duties = core.take_output(now);
    return !duties.read_catalog && !duties.send_changes;
  }

  std::mt19937_64 random{3};
  time_point now{};
  anti_entropy_core core{{}, random, now};
};

TEST_F(anti_entropy_test, compares_at_once_and_then_every_one_to_two_intervals) {
  read_once();
  EXPECT_TRUE(nothing_to_do());
  EXPECT_GE(core.next_deadline(), now + 60s);
  EXPECT_LE(core.next_deadline(), now + 120s);
  now = core.next_deadline();
  EXPECT_TRUE(core.take_output(now).read_catalog);
}

TEST_F(anti_entropy_test, sends_a_change_at_once_and_later_ones_together) {
  read_once();
  core.on_local_change();
  EXPECT_TRUE(core.take_output(now).send_changes);
  core.on_local_change();
  core.on_local_change();
  EXPECT_TRUE(nothing_to_do()) << "one round at a time";
  core.on_sent(true, now);
  EXPECT_TRUE(core.take_output(now).send_changes);
  core.on_sent(true, now);
  EXPECT_TRUE(nothing_to_do());
}

TEST_F(anti_entropy_test, a_failure_is_retried_as_a_whole_after_fifteen_to_thirty_seconds) {
  read_once();
  core.on_local_change();
  ASSERT_TRUE(core.take_output(now).send_changes);
  core.on_sent(false, now);
  EXPECT_TRUE(nothing_to_do());
  EXPECT_GE(core.next_deadline(), now + 15s);
  EXPECT_LE(core.next_deadline(), now + 30s);
  now = core.next_deadline();
  EXPECT_TRUE(core.take_output(now).read_catalog);
}

TEST_F(anti_entropy_test, looks_for_the_first_server_every_one_to_two_seconds) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(core.take_output(now).read_catalog);
    core.on_catalog(false, 1, now);
    EXPECT_GE(core.next_deadline(), now + 1s);
    EXPECT_LE(core.next_deadline(), now + 2s);
    now = core.next_deadline();
  }
}

TEST(anti_entropy_scale, grows_by_one_with_each_doubling_beyond_128) {
  for (const auto& [nodes, scale] : std::vector<std::pair<std::size_t, int>>{
           {0, 1}, {1, 1}, {128, 1}, {129, 2}, {256, 2}, {257, 3}, {512, 3}, {8192, 7}})
    EXPECT_EQ(anti_entropy_scale(nodes), scale) << nodes;
}

}  // namespace
}  // namespace troupe::actors
