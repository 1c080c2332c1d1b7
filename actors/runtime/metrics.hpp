// What the actors of this process count and measure, under Consul's names without their prefix
// ("raft.apply"). How they are shown is for whoever asks; nothing here reads a clock.
//
// A metric is made once, where an actor starts, and lives as long as its registry; making the same
// one again gives the first. Using it costs a few relaxed atomic operations and never waits. Time
// is cut into intervals by whoever calls end_interval(): an update that falls on the cut may count
// in one interval and add its value in the next.
//
// Series with labels are made by code for values that code knows (routes, pools), never from what
// a client sends.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe::actors {

using metric_labels = std::vector<std::pair<std::string, std::string>>;

struct metric_name {
  std::string path;  // "api.http"
  metric_labels labels = {};
};

// A value as it is now.
class gauge_metric {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// What came together in some time.
struct metric_sums {
  std::uint64_t count = 0;
  double sum = 0;
  double sum_of_squares = 0;
  double min = 0;  // 0 if the count is
  double max = 0;

  double mean() const;
  double deviation() const;  // of a sample: divided by count - 1
};

// How often something happened, or how much of it. What is not finite is passed over.
class counter_metric {
 public:
  void add(double amount = 1);

 private:
  friend class metrics_registry;
  friend class sample_metric;

  metric_sums total() const;
  void end_interval();

  static constexpr double none = std::numeric_limits<double>::infinity();

  std::atomic<std::uint64_t> count_{0};  // these three from the beginning
  std::atomic<double> sum_{0};
  std::atomic<double> sum_of_squares_{0};
  std::atomic<double> min_{none};  // these two in the present interval
  std::atomic<double> max_{-none};
  metric_sums at_start_;  // of the present interval
  metric_sums ended_;     // the last interval
};

// Values, or times in milliseconds, with their quantiles.
class sample_metric {
 public:
  void add(double value);
  void add(std::chrono::nanoseconds time);

 private:
  friend class metrics_registry;

  // Eight for each doubling from 2^-10 (a microsecond of milliseconds) up: a quantile is right
  // within 6 %. What lies outside counts at the ends.
  static constexpr std::size_t buckets = 256;
  using histogram = std::array<std::uint32_t, buckets>;

  void end_interval();
  double quantile(double share) const;

  counter_metric sums_;
  std::array<std::atomic<std::uint32_t>, buckets> present_{};
  histogram ended_{};
};

struct gauge_reading {
  metric_name name;
  std::string help;
  double value = 0;
};

// Of a counter or a sample.
struct sums_reading {
  metric_name name;
  std::string help;
  metric_sums sums;
  // Of samples: 0.5, 0.9 and 0.99, over the last interval and the present one; NaN without values.
  std::array<double, 3> quantiles{};
};
inline constexpr std::array<double, 3> metric_quantiles{0.5, 0.9, 0.99};

struct metrics_reading {
  std::int64_t began_unix_s = 0;  // the interval
  std::vector<gauge_reading> gauges;
  std::vector<sums_reading> counters;
  std::vector<sums_reading> samples;
};

class metrics_registry {
 public:
  metrics_registry() = default;
  metrics_registry(const metrics_registry&) = delete;
  metrics_registry& operator=(const metrics_registry&) = delete;

  // `help` is a sentence for people. Beyond limits::metrics_max a metric works, but is not shown.
  gauge_metric& gauge(metric_name name, std::string help);
  counter_metric& counter(metric_name name, std::string help);
  sample_metric& sample(metric_name name, std::string help);

  // When the first interval begins, or is said to have begun.
  void begin(std::int64_t unix_now_s);
  // The next interval begins at this time.
  void end_interval(std::int64_t unix_now_s);

  // The last interval that is over; before any is, the present one. Gauges as they were at its end;
  // of the rest what was used in it.
  metrics_reading last_interval() const;
  // Everything, from the beginning.
  metrics_reading totals() const;

 private:
  template <class Metric>
  struct entry {
    metric_name name;
    std::string help;
    Metric metric;
    double at_end = 0;  // a gauge's, of the last interval
  };
  template <class Metric>
  struct kind {
    std::deque<entry<Metric>> all;
    std::map<std::string, Metric*> by_text;  // "api.http;method=GET"
    Metric spare;
  };
  template <class Metric>
  Metric& make(kind<Metric>& of, metric_name&& name, std::string&& help);

  mutable std::mutex mutex_;  // for making and reading, never for using
  kind<gauge_metric> gauges_;
  kind<counter_metric> counters_;
  kind<sample_metric> samples_;
  std::int64_t present_began_unix_s_ = 0;
  std::int64_t ended_began_unix_s_ = 0;
  bool has_ended_ = false;
};

// The one that actors use.
metrics_registry& process_metrics();

}  // namespace troupe::actors
