#include "bench/gossip_scale/statistics.hpp"

#include <cmath>
#include <random>

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

TEST(statistics, bounds_of_a_sum_hold_it_in_95_percent_of_samples) {
  std::mt19937_64 random{17};
  std::poisson_distribution<int> draw{4};
  int held = 0;
  constexpr int samples = 2000;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> runs(100);
    for (auto& each : runs)
      each = draw(random);
    const auto sure = bounds_of_sum(runs);
    held += sure.low <= 400 && 400 <= sure.high;
  }
  EXPECT_NEAR(held, 0.95 * samples, 0.02 * samples);
}

TEST(statistics, nothing_seen_is_not_nothing_possible) {
  EXPECT_EQ(bounds_of_sum({0, 0, 0}).low, 0);
  EXPECT_GT(bounds_of_sum({0, 0, 0}).high, 3);
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
