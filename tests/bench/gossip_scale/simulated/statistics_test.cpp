#include "bench/gossip_scale/statistics.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::gossip_scale {
namespace {

TEST(statistics, a_percentile_is_the_nearest_rank) {
  const std::vector<double> values = {5, 1, 4, 2, 3};
  EXPECT_EQ(percentile(values, 0), 1);
  EXPECT_EQ(percentile(values, 20), 1);
  EXPECT_EQ(percentile(values, 50), 3);
  EXPECT_EQ(percentile(values, 99), 5);
  EXPECT_TRUE(std::isnan(percentile({}, 50)));
}

// 40 conditions with five runs each: counts and shares differ much between conditions.
TEST(statistics, bounds_of_a_ratio_hold_it_in_95_percent_of_samples) {
  std::mt19937_64 random{17};
  const auto drawn = [&](double mean) {
    return static_cast<double>(std::poisson_distribution<int>{mean}(random));
  };
  int held = 0;
  constexpr int samples = 2000;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> values;
    std::vector<double> baseline;
    std::vector<std::size_t> strata;
    double expected = 0;
    double of = 0;
    for (std::size_t stratum = 0; stratum < 40; ++stratum) {
      const double mean = stratum % 4 == 0 ? 400 : 10;
      const double share = stratum % 8 == 0 ? 0.1 : 0.5;
      for (int repetition = 0; repetition < 5; ++repetition) {
        values.push_back(drawn(mean * share));
        baseline.push_back(drawn(mean));
        strata.push_back(stratum);
        expected += mean * share;
        of += mean;
      }
    }
    const auto sure = bounds_of_ratio(values, baseline, strata);
    held += sure.low <= expected / of && expected / of <= sure.high;
  }
  EXPECT_NEAR(held, 0.95 * samples, 0.02 * samples);
}

TEST(statistics, runs_without_repetition_vary_as_one_stratum) {
  const auto apart = bounds_of_ratio({1, 5, 9}, {10, 10, 10}, {1, 2, 3});
  const auto together = bounds_of_ratio({1, 5, 9}, {10, 10, 10}, {1, 1, 1});
  EXPECT_DOUBLE_EQ(apart.high, together.high);
  EXPECT_GT(apart.high, 0.6);
}

TEST(statistics, nothing_seen_is_not_nothing_possible) {
  const auto sure = bounds_of_ratio({0, 0, 0}, {10, 20, 7}, {1, 2, 3});
  EXPECT_EQ(sure.low, 0);
  EXPECT_DOUBLE_EQ(sure.high, 3.7 / 37);
}

TEST(statistics, bounds_of_a_median_hold_it_in_95_percent_of_samples) {
  std::mt19937_64 random{18};
  std::exponential_distribution<double> draw{1};
  int held = 0;
  constexpr int samples = 2000;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> values(101);
    for (auto& each : values)
      each = draw(random);
    const auto sure = bounds_of_percentile(values, 50);
    held += sure.low <= std::log(2) && std::log(2) <= sure.high;
  }
  EXPECT_NEAR(held, 0.955 * samples, 0.025 * samples);
}

}  // namespace
}  // namespace troupe::gossip_scale
