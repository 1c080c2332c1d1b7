#include "bench/gossip_scale/live/serf_log.hpp"

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

TEST(serf_log, tells_who_comes_fails_and_leaves) {
  const auto joined =
      parse_serf_line("    2026/11/23 03:14:56 [INFO] serf: EventMemberJoin: live-7 127.77.0.8");
  ASSERT_TRUE(joined);
  EXPECT_TRUE(std::get<serf_member_line>(*joined).is_join);
  EXPECT_EQ(std::get<serf_member_line>(*joined).name, "live-7");
  const auto failed =
      parse_serf_line("    2026/11/23 03:14:56 [INFO] serf: EventMemberFailed: b 127.99.0.2");
  ASSERT_TRUE(failed);
  EXPECT_TRUE(std::get<serf_member_line>(*failed).is_failure);
  const auto left =
      parse_serf_line("    2026/11/23 03:14:56 [INFO] serf: EventMemberLeave: b 127.99.0.2");
  ASSERT_TRUE(left);
  EXPECT_FALSE(std::get<serf_member_line>(*left).is_failure);
}

TEST(serf_log, tells_what_was_counted_in_an_interval) {
  const auto line = parse_serf_line(
      "[2026-11-23 03:17:40 +0200 EET][C] 'serf-agent.memberlist.udp.sent': Count: 12 Min: 59.000 "
      "Mean: 104.500 Max: 150.000 Stddev: 47.523 Sum: 1254.000 LastUpdated: 2026-11-23 03:17:49");
  ASSERT_TRUE(line);
  const auto& counted = std::get<serf_counter_line>(*line);
  EXPECT_EQ(counted.name, "memberlist.udp.sent");
  EXPECT_EQ(counted.count, 12);
  EXPECT_EQ(counted.sum, 1254);
  EXPECT_EQ(std::chrono::system_clock::to_time_t(counted.begun), 1'795'396'660);
}

TEST(serf_log, passes_over_everything_else) {
  for (const char* line : {"", "[", "==> Starting Serf agent...",
                           "[2026-11-23 03:17:40 +0000 UTC][G] 'serf-agent.x': 3",
                           "[nonsense][C] 'serf-agent.memberlist.udp.sent': Count: 1 Sum: 1",
                           "[2026-11-23 03:17:40 +0000 UTC][C] 'serf-agent.x': Count: many Sum: 1",
                           "    2026/11/23 03:14:57 [INFO] agent: Received event: member-join"})
    EXPECT_FALSE(parse_serf_line(line)) << line;
}

}  // namespace
}  // namespace troupe::gossip_scale
