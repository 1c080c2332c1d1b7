#include "actors/health/check_core.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;
using time_point = check_core::time_point;

constexpr time_point start{1h};

check_options every(std::chrono::nanoseconds interval) {
  check_options options;
  options.interval = interval;
  return options;
}

// One result fed at the next due run; what the registry is told, "" for nothing.
std::string fed(check_core& core, check_result result) {
  core.tick(core.next_deadline());
  EXPECT_TRUE(core.take_output().run);
  core.on_result(std::move(result), start);
  const auto update = core.take_output().update;
  return update ? std::string(to_text(update->status)) : "";
}

TEST(check_core, runs_first_within_its_interval_and_then_on_a_grid) {
  std::mt19937_64 random(1);
  check_core core(every(10s), random, start);
  const auto first = core.next_deadline();
  EXPECT_GE(first, start);
  EXPECT_LT(first, start + 10s);
  core.tick(first - 1ns);
  EXPECT_FALSE(core.take_output().run);
  core.tick(first + 3ms);  // a late timer does not shift the runs after it
  EXPECT_TRUE(core.take_output().run);
  EXPECT_EQ(core.next_deadline(), time_point::max()) << "while it runs nothing is due";
  core.on_result({check_status::passing, "ok"}, first + 1s);
  EXPECT_EQ(core.next_deadline(), first + 10s);
}

TEST(check_core, skips_the_runs_that_a_slow_probe_has_missed) {
  std::mt19937_64 random(1);
  check_core core(every(10s), random, start);
  const auto first = core.next_deadline();
  core.tick(first);
  EXPECT_TRUE(core.take_output().run);
  core.on_result({check_status::passing, ""}, first + 35s);
  EXPECT_TRUE(core.take_output().run) << "one is due at once";
  core.on_result({check_status::passing, ""}, first + 36s);
  EXPECT_EQ(core.next_deadline(), first + 40s);
}

TEST(check_core, spreads_ten_thousand_checks_evenly_over_their_interval) {
  std::mt19937_64 random(4711);
  std::vector<int> per_100ms(100);
  for (int i = 0; i < 10'000; ++i) {
    const check_core core(every(10s), random, start);
    ++per_100ms[static_cast<std::size_t>((core.next_deadline() - start) / 100ms)];
  }
  EXPECT_LT(*std::max_element(per_100ms.begin(), per_100ms.end()), 150);
  EXPECT_GT(*std::min_element(per_100ms.begin(), per_100ms.end()), 60);
}

TEST(check_core, lets_the_first_result_decide_whatever_the_thresholds) {
  std::mt19937_64 random(1);
  auto options = every(10s);
  options.success_before_passing = 3;
  options.failures_before_critical = 3;
  options.failures_before_warning = 3;
  check_core core(options, random, start);
  EXPECT_EQ(fed(core, {check_status::passing, "up"}), "passing");
}

TEST(check_core, waits_for_consecutive_failures_and_warns_on_the_way) {
  std::mt19937_64 random(1);
  auto options = every(10s);
  options.failures_before_warning = 2;
  options.failures_before_critical = 3;
  check_core core(options, random, start);
  const check_result up{check_status::passing, "up"};
  const check_result down{check_status::critical, "down"};
  EXPECT_EQ(fed(core, up), "passing");
  EXPECT_EQ(fed(core, down), "");
  EXPECT_EQ(fed(core, down), "warning");
  EXPECT_EQ(fed(core, up), "passing");  // the count begins anew
  EXPECT_EQ(fed(core, down), "");
  EXPECT_EQ(fed(core, down), "warning");
  EXPECT_EQ(fed(core, down), "critical");
}

TEST(check_core, waits_for_consecutive_successes_and_counts_warnings_as_such) {
  std::mt19937_64 random(1);
  auto options = every(10s);
  options.success_before_passing = 3;
  options.initial = {check_status::critical, "not yet"};
  check_core core(options, random, start);
  EXPECT_EQ(fed(core, {check_status::critical, "down"}), "critical");
  EXPECT_EQ(fed(core, {check_status::passing, "up"}), "");
  EXPECT_EQ(fed(core, {check_status::warning, "so so"}), "");
  EXPECT_EQ(fed(core, {check_status::passing, "up"}), "passing");
}

TEST(check_core, tells_news_only) {
  std::mt19937_64 random(1);
  check_core core(every(10s), random, start);
  EXPECT_EQ(fed(core, {check_status::critical, ""}), "") << "as the registry holds it already";
  EXPECT_EQ(fed(core, {check_status::passing, "a"}), "passing");
  EXPECT_EQ(fed(core, {check_status::passing, "a"}), "");
  EXPECT_EQ(fed(core, {check_status::passing, "b"}), "passing");
}

TEST(check_core, expires_a_ttl_exactly_and_once) {
  std::mt19937_64 random(1);
  check_options options;
  options.ttl = 3s;
  check_core core(options, random, start);
  EXPECT_EQ(core.next_deadline(), start + 3s);
  core.tick(start + 3s);
  EXPECT_EQ(core.take_output().update, (check_result{check_status::critical, "TTL expired"}));
  EXPECT_EQ(core.next_deadline(), time_point::max());

  core.on_report({check_status::passing, "fine"}, start + 10s);
  EXPECT_EQ(core.take_output().update, (check_result{check_status::passing, "fine"}));
  core.tick(start + 13s - 1ns);
  EXPECT_FALSE(core.take_output().update);
  core.tick(start + 13s);
  EXPECT_EQ(core.take_output().update,
            (check_result{check_status::critical,
                          "TTL expired (last output before timeout follows): fine"}));
}

TEST(check_core, cuts_a_reported_output_and_says_so) {
  std::mt19937_64 random(1);
  check_options options;
  options.ttl = 3s;
  check_core core(options, random, start);
  core.on_report({check_status::passing, std::string(5000, 'x')}, start);
  EXPECT_EQ(core.take_output().update->output,
            std::string(4096, 'x') + " ... (captured 4096 of 5000 bytes)");
}

TEST(check_core, makes_any_output_valid_utf8) {
  EXPECT_EQ(to_valid_utf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(to_valid_utf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

// The thresholds said in another way: the status changes once the last n results are all of the
// other kind.
class threshold_model {
 public:
  explicit threshold_model(const check_options& options) : options_(options) {}

  check_status next(check_status result) {
    const bool good = result != check_status::critical;
    if (!history_.empty() && history_.back() != good)
      history_.clear();
    history_.push_back(good);
    const bool first_kind = changes_ == 0;  // nothing of the other kind has come yet
    changes_ += first_kind && !first_.value_or(good) == good ? 1 : 0;
    first_ = first_.value_or(good);
    const int run = changes_ == 0 ? 1000 : static_cast<int>(history_.size());
    if (good)
      status_ = run >= options_.success_before_passing ? result : status_;
    else if (run >= options_.failures_before_critical)
      status_ = check_status::critical;
    else if (run >= options_.failures_before_warning)
      status_ = check_status::warning;
    return status_;
  }

 private:
  check_options options_;
  std::vector<bool> history_;
  std::optional<bool> first_;
  int changes_ = 0;
  check_status status_ = check_status::critical;
};

TEST(check_core, agrees_with_a_plain_model_of_the_thresholds) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    auto options = every(1s);
    options.success_before_passing = static_cast<int>(random() % 4);
    options.failures_before_critical = static_cast<int>(random() % 5);
    options.failures_before_warning =
        static_cast<int>(random() % static_cast<unsigned>(options.failures_before_critical + 1));
    check_core core(options, random, start);
    threshold_model model(options);
    auto shown = options.initial.status;
    for (int step = 0; step < 200; ++step) {
      const auto result = static_cast<check_status>(random() % 3);
      core.tick(core.next_deadline());
      ASSERT_TRUE(core.take_output().run);
      core.on_result({result, ""}, start);
      if (const auto update = core.take_output().update)
        shown = update->status;
      ASSERT_EQ(shown, model.next(result)) << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace troupe::actors
