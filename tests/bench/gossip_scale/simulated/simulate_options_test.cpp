// Options that make no sense get one line; scenarios do what they say.
#include "bench/gossip_scale/simulate_options.hpp"

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

TEST(simulate_options, that_make_no_sense_get_one_line) {
  const std::vector<std::vector<std::string>> nonsense = {
      {"-members", "1"},
      {"-members", ""},
      {"-members", "100,"},
      {"-members", "100,1e3"},
      {"-members", "100,10", "-crashes", "10"},
      {"-members", "10", "-crashes", "5", "-flip-flop", "5"},
      {"-members", "10", "-slow", "10", "-slow-handling", "1ms"},
      {"-slow", "1"},
      {"-flip-flop", "1", "-flip-flop-period", "0s"},
      {"-churn", "1us"},
      {"-churn", "-1s"},
      {"-one-way-links", "100000"},
      {"-loss", "nan"},
      {"-loss", "1.5"},
      {"-alpha", "0"},
      {"-beta", "nan"},
      {"-retransmit", "2.5"},
      {"-packet-bytes", "-1"},
      {"-health-max", "1e12"},
      {"-confirmations", "-2"},
      {"-push-pull-interval", "-1s"},
      {"-settings", "best"},
      {"-runs", "0"},
      {"-cores", "0"},
      {"-anomalies", "1", "-anomaly-length", "0s"},
      {"surprise"},
      {"-zonk"},
  };
  for (const auto& args : nonsense) {
    const auto parsed = parse_simulate_options(args);
    ASSERT_FALSE(parsed) << args.front();
    EXPECT_EQ(parsed.error().detail.find('\n'), std::string::npos) << args.front();
    EXPECT_FALSE(parsed.error().detail.empty());
  }
}

TEST(simulate_options, take_several_sizes) {
  const auto parsed = parse_simulate_options({"-members", "128,1000,100000"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->sizes, (std::vector<std::uint32_t>{128, 1'000, 100'000}));
  EXPECT_EQ(parsed->what.members, 128U);
}

TEST(simulate_options, change_any_single_setting) {
  const auto parsed = parse_simulate_options(
      {"-settings", "lifeguard", "-alpha=2.5", "-retransmit=3", "-confirmations=-1",
       "-push-pull-interval=0s", "-lha-probe=false", "-listen-first", "-nack-after", "0.9"});
  ASSERT_TRUE(parsed) << parsed.error().detail;
  auto wanted = swim::swim_settings::paper();
  const auto& made = parsed->what.settings;
  EXPECT_EQ(made.suspicion_multiplier, 2.5);
  EXPECT_EQ(made.suspicion_max_multiplier, wanted.suspicion_max_multiplier);
  EXPECT_EQ(made.retransmit_multiplier, 3);
  EXPECT_EQ(made.lifeguard.confirmations_wanted, -1);
  EXPECT_EQ(made.push_pull_interval.count(), 0);
  EXPECT_FALSE(made.lifeguard.local_health_probe);
  EXPECT_TRUE(made.lifeguard.listens_first);
  EXPECT_EQ(made.lifeguard.nack_after, 0.9);
  EXPECT_TRUE(made.lifeguard.buddy_system);
}

figures run_with(std::vector<std::string> args) {
  const auto parsed = parse_simulate_options(args);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().detail);
  const std::atomic<bool> stop{false};
  return run(parsed->what, 1, stop);
}

TEST(scenario, of_churn_ends_with_everybody_back_but_those_just_away) {
  const auto found = run_with({"-members", "40", "-churn", "20s", "-duration", "5m"});
  EXPECT_EQ(found.false_positives, 0U);
  EXPECT_GT(found.suspicions, 0U);
}

TEST(scenario, of_one_way_links_kills_nobody) {
  const auto found = run_with({"-members", "60", "-one-way-links", "60"});
  EXPECT_EQ(found.false_positives, 0U);
  EXPECT_EQ(found.wrong_beliefs, 0U);
}

TEST(scenario, of_deaf_members_removes_them) {
  const auto found = run_with({"-members", "60", "-lossy", "2", "-lossy-inbound", "1"});
  EXPECT_EQ(found.faulty_out.back().second, 100);
  EXPECT_EQ(found.faulty_out.front().second, 0);
}

TEST(scenario, of_members_that_stand_still_again_and_again_kills_nobody_else) {
  const std::vector<std::string> anomalies = {"-anomalies", "8",    "-anomaly-interval", "16ms",
                                              "-duration",  "105s", "-anomaly-length",   "16s",
                                              "-members",   "128"};
  auto with_swim = anomalies;
  with_swim.insert(with_swim.end(), {"-settings", "swim"});
  EXPECT_GT(run_with(with_swim).false_positives, 10U);
  EXPECT_EQ(run_with(anomalies).false_positives, 0U);
}

TEST(scenario, of_crashes_tells_suspicion_from_failure) {
  const auto found = run_with({"-members", "60", "-crashes", "2", "-duration", "40s"});
  ASSERT_EQ(found.first_suspicion_s.size(), 2U);
  ASSERT_EQ(found.first_detection_s.size(), 2U);
  EXPECT_LT(found.first_suspicion_s[0], 5);
  EXPECT_GT(found.first_detection_s[0], found.first_suspicion_s[0] + 6);
  EXPECT_EQ(found.packets_a_second.size(), 55U);
}

TEST(scenario, of_a_bootstrap_says_when_views_are_whole_and_what_was_seen_on_the_way) {
  const auto found = run_with(
      {"-members", "100", "-bootstrap", "-join-time", "4s", "-quiesce", "0s", "-duration", "10s"});
  EXPECT_GE(found.whole_views_s, 0);
  EXPECT_LT(found.whole_views_s, 3);
  EXPECT_GE(found.distinct_view_sizes, 4U);
  ASSERT_EQ(found.whole_views.size(), 100U);
  EXPECT_EQ(found.whole_views.front().second, 0);
  EXPECT_EQ(found.whole_views.back().second, 100);
}

TEST(figures, of_a_bootstrap_that_is_never_whole_outweigh_the_others) {
  figures sum;
  figures whole;
  whole.whole_views_s = 3;
  whole.virtual_s = 60;
  figures never = whole;
  never.whole_views_s = -1;
  sum.add(whole);
  EXPECT_EQ(sum.whole_views_s, 3);
  sum.add(never);
  sum.add(whole);
  EXPECT_EQ(sum.whole_views_s, -1);
}

}  // namespace
}  // namespace troupe::gossip_scale
