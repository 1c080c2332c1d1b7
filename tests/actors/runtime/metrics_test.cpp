#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "messages/limits.hpp"

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

class metrics_test : public testing::Test {
 protected:
  sums_reading only(const std::vector<sums_reading>& rows) {
    EXPECT_EQ(rows.size(), 1U);
    return rows.empty() ? sums_reading{} : rows.front();
  }

  metrics_registry registry;
};

TEST_F(metrics_test, the_same_name_and_labels_are_the_same_metric) {
  auto& get = registry.counter({"api", {{"method", "GET"}}}, "asked");
  EXPECT_EQ(&get, &registry.counter({"api", {{"method", "GET"}}}, "asked"));
  EXPECT_NE(&get, &registry.counter({"api", {{"method", "PUT"}}}, "asked"));
  EXPECT_NE(&get, &registry.counter({"api"}, "asked"));
}

TEST_F(metrics_test, before_an_interval_has_ended_the_present_one_is_shown) {
  registry.begin(100);
  registry.counter({"a"}, "").add(3);
  registry.gauge({"g"}, "").set(7);
  const auto read = registry.last_interval();
  EXPECT_EQ(read.began_unix_s, 100);
  EXPECT_EQ(only(read.counters).sums.sum, 3);
  ASSERT_EQ(read.gauges.size(), 1U);
  EXPECT_EQ(read.gauges[0].value, 7);
}

TEST_F(metrics_test, an_interval_has_what_happened_in_it_and_nothing_else) {
  registry.begin(100);
  auto& counted = registry.counter({"a"}, "");
  counted.add(100);
  registry.end_interval(110);
  counted.add(2);
  counted.add(4);
  registry.end_interval(120);
  counted.add(1000);
  const auto read = registry.last_interval();
  EXPECT_EQ(read.began_unix_s, 110);
  const auto sums = only(read.counters).sums;
  EXPECT_EQ(sums.count, 2U);
  EXPECT_EQ(sums.sum, 6);
  EXPECT_EQ(sums.min, 2);
  EXPECT_EQ(sums.max, 4);
  EXPECT_EQ(sums.mean(), 3);
  EXPECT_NEAR(sums.deviation(), std::sqrt(2.0), 1e-12);
}

TEST_F(metrics_test, what_was_not_used_in_an_interval_is_not_in_it_but_in_the_totals) {
  registry.begin(100);
  registry.sample({"s"}, "").add(5.0);
  registry.counter({"never"}, "");
  registry.end_interval(110);
  registry.end_interval(120);
  EXPECT_TRUE(registry.last_interval().samples.empty());
  EXPECT_TRUE(registry.last_interval().counters.empty());
  const auto totals = registry.totals();
  EXPECT_EQ(only(totals.samples).sums.count, 1U);
  EXPECT_TRUE(std::isnan(only(totals.samples).quantiles[0]));
  EXPECT_EQ(only(totals.counters).sums.count, 0U);
  EXPECT_EQ(only(totals.counters).sums.min, 0);
}

TEST_F(metrics_test, a_gauge_of_an_interval_is_what_it_was_at_its_end) {
  auto& gauge = registry.gauge({"g"}, "");
  gauge.set(1);
  registry.end_interval(110);
  gauge.set(2);
  EXPECT_EQ(registry.last_interval().gauges[0].value, 1);
  EXPECT_EQ(registry.totals().gauges[0].value, 2);
}

TEST_F(metrics_test, times_are_milliseconds) {
  registry.sample({"s"}, "").add(std::chrono::nanoseconds{2500us});
  EXPECT_DOUBLE_EQ(only(registry.totals().samples).sums.sum, 2.5);
}

TEST_F(metrics_test, quantiles_are_right_within_a_sixteenth_of_the_exact_ones) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> draw(static_cast<double>(seed % 5), 1.5);
    metrics_registry own;
    auto& sample = own.sample({"s"}, "");
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) {
      values.push_back(std::max(draw(random), 0.001));
      sample.add(values.back());
      if (i == 1000)
        own.end_interval(10);  // both intervals count
    }
    std::sort(values.begin(), values.end());
    const auto got = only(own.totals().samples).quantiles;
    for (std::size_t at = 0; at < got.size(); ++at) {
      const auto rank = static_cast<std::size_t>(std::ceil(metric_quantiles[at] * 2000));
      const auto exact = values[rank - 1];
      EXPECT_NEAR(got[at], exact, exact / 16) << "seed " << seed << " at " << metric_quantiles[at];
    }
  }
}

TEST_F(metrics_test, values_outside_the_histogram_count_at_its_ends) {
  auto& sample = registry.sample({"s"}, "");
  for (const double value : {-5.0, 0.0, 1e-9, 1e30, std::nan("")})
    sample.add(value);
  EXPECT_EQ(only(registry.totals().samples).sums.count, 4U);
  EXPECT_LT(only(registry.totals().samples).quantiles[0], 0.002);
}

TEST_F(metrics_test, beyond_the_limit_a_metric_works_but_is_not_shown) {
  for (std::size_t i = 0; i < messages::limits::metrics_max + 10; ++i)
    registry.counter({"c" + std::to_string(i)}, "").add();
  EXPECT_EQ(registry.totals().counters.size(), messages::limits::metrics_max);
}

TEST_F(metrics_test, no_update_of_any_thread_is_lost) {
  auto& counted = registry.counter({"c"}, "");
  auto& sample = registry.sample({"s"}, "");
  constexpr int each = 20'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < each; ++j) {
        counted.add(2);
        sample.add(1.0);
      }
    });
  for (int i = 0; i < 100; ++i)
    registry.end_interval(i);
  for (auto& thread : threads)
    thread.join();
  registry.end_interval(200);
  EXPECT_EQ(only(registry.totals().counters).sums.count, 4U * each);
  EXPECT_EQ(only(registry.totals().counters).sums.sum, 8.0 * each);
  EXPECT_EQ(only(registry.totals().samples).sums.count, 4U * each);
}

}  // namespace
}  // namespace troupe::actors
