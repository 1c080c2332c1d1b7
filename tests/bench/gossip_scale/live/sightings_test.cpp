#include "bench/gossip_scale/live/sightings.hpp"

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

using namespace std::chrono_literals;

const wall_time begin{1h};

// Four of ours and two of serf's.
constexpr std::uint32_t ours = 4;
constexpr std::uint32_t all = 6;

TEST(sightings, tell_when_a_killed_member_was_noticed_and_by_whom) {
  const std::vector<mishap> done = {{.member = 3, .begun = begin, .ended = {}}};
  const std::vector<sighting> seen = {{begin + 4s, 1, 3, true},
                                      {begin + 2s, 5, 3, true},
                                      {begin + 5s, 0, 3, true},
                                      {begin + 6s, 2, 3, true},
                                      {begin + 7s, 2, 3, true}};
  const auto found = judge(seen, done, ours, all);
  ASSERT_EQ(found.mishaps.size(), 1U);
  const auto& one = found.mishaps.front();
  EXPECT_EQ(one.first_observer, 5);
  EXPECT_EQ(one.ours.observers, 3U);
  EXPECT_DOUBLE_EQ(one.ours.first_s, 4);
  EXPECT_DOUBLE_EQ(one.ours.median_s, 5);
  EXPECT_DOUBLE_EQ(one.ours.all_s, 6) << "each observer's first word counts";
  EXPECT_EQ(one.serf.told, 1U);
  EXPECT_EQ(one.serf.all_s, -1) << "one of the two said nothing";
  EXPECT_EQ(found.false_positives_at_healthy, 0U);
}

TEST(sightings, that_nobody_had_leave_all_open) {
  const auto found = judge({}, {{.member = 3, .begun = begin, .ended = {}}}, ours, all);
  EXPECT_EQ(found.mishaps.front().first_observer, -1);
  EXPECT_EQ(found.mishaps.front().ours.all_s, -1);
}

TEST(sightings, of_a_healthy_member_are_false) {
  const std::vector<mishap> done = {{3, true, begin, begin + 10s}};
  const std::vector<sighting> seen = {
      {begin + 1s, 1, 0, true},   // false
      {begin + 2s, 3, 0, true},   // false, by the paused one itself
      {begin + 3s, 1, 3, true},   // true
      {begin - 1s, 1, 3, true},   // false: before anything happened
      {begin + 4s, 1, 0, false},  // a return is no failure
  };
  const auto found = judge(seen, done, ours, all);
  EXPECT_EQ(found.false_positives_at_healthy, 2U);
  EXPECT_EQ(found.false_positives_at_paused, 1U);
}

TEST(sightings, tell_when_all_have_seen_a_paused_member_again) {
  const std::vector<mishap> done = {{3, true, begin, begin + 10s}};
  std::vector<sighting> seen = {
      {begin + 8s, 1, 3, true}, {begin + 9s, 2, 3, true}, {begin + 11s, 1, 3, false}};
  EXPECT_EQ(judge(seen, done, ours, all).mishaps.front().back_all_s, -1);
  seen.push_back({begin + 13s, 2, 3, false});
  const auto found = judge(seen, done, ours, all);
  EXPECT_EQ(found.mishaps.front().back_told, 2U);
  EXPECT_DOUBLE_EQ(found.mishaps.front().back_all_s, 3) << "counted from the end of the pause";
}

TEST(sightings, are_counted_as_they_come) {
  sighting_log log;
  log.add({begin, 1, 3, true});
  log.add({begin, 2, 3, true});
  log.add({begin, 2, 3, false});
  EXPECT_EQ(log.failures_told(3), 2U);
  EXPECT_EQ(log.failures_told(99), 0U);
  EXPECT_EQ(log.all().size(), 3U);
}

}  // namespace
}  // namespace troupe::gossip_scale
