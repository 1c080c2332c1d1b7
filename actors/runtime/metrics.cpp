#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// A double's exponent and the first three bits of its fraction: eight steps for each doubling.
constexpr int step_shift = 52 - 3;
constexpr std::int64_t first_step = std::int64_t{1023 - 10} << 3;

std::size_t bucket_of(double value, std::size_t buckets) {
  if (!(value > 0))
    return 0;
  const auto step = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(value) >> step_shift);
  return static_cast<std::size_t>(
      std::clamp<std::int64_t>(step - first_step, 0, static_cast<std::int64_t>(buckets) - 1));
}

// The middle of a bucket.
double value_of(std::size_t bucket) {
  const auto step = static_cast<std::uint64_t>(first_step) + bucket;
  return std::bit_cast<double>((step << step_shift) | (std::uint64_t{1} << (step_shift - 1)));
}

template <class Better>
void improve(std::atomic<double>& best, double value, Better better) {
  auto held = best.load(relaxed);
  while (better(value, held) && !best.compare_exchange_weak(held, value, relaxed)) {
  }
}

metric_sums difference(const metric_sums& now, const metric_sums& before) {
  metric_sums made = now;
  made.count -= before.count;
  made.sum -= before.sum;
  made.sum_of_squares -= before.sum_of_squares;
  if (made.count == 0)
    return {};
  return made;
}

std::string text_of(const metric_name& name) {
  std::string text = name.path;
  for (const auto& [label, value] : name.labels)
    text.append(";").append(label).append("=").append(value);
  return text;
}

}  // namespace

double metric_sums::mean() const {
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

double metric_sums::deviation() const {
  if (count < 2)
    return 0;
  const auto n = static_cast<double>(count);
  return std::sqrt(std::max(0.0, (n * sum_of_squares - sum * sum) / (n * (n - 1))));
}

// -- counters ---------------------------------------------------------------------

void counter_metric::add(double amount) {
  if (!std::isfinite(amount))
    return;
  count_.fetch_add(1, relaxed);
  sum_.fetch_add(amount, relaxed);
  sum_of_squares_.fetch_add(amount * amount, relaxed);
  improve(min_, amount, std::less<>{});
  improve(max_, amount, std::greater<>{});
}

metric_sums counter_metric::total() const {
  const auto min = min_.load(relaxed);
  const auto max = max_.load(relaxed);
  return {count_.load(relaxed), sum_.load(relaxed), sum_of_squares_.load(relaxed),
          min == none ? 0 : min, max == -none ? 0 : max};
}

void counter_metric::end_interval() {
  const auto now = total();
  min_.store(none, relaxed);
  max_.store(-none, relaxed);
  ended_ = difference(now, at_start_);
  at_start_ = now;
}

// -- samples ----------------------------------------------------------------------

void sample_metric::add(double value) {
  if (!std::isfinite(value))
    return;
  sums_.add(value);
  present_[bucket_of(value, buckets)].fetch_add(1, relaxed);
}

void sample_metric::add(std::chrono::nanoseconds time) {
  add(std::chrono::duration<double, std::milli>(time).count());
}

void sample_metric::end_interval() {
  sums_.end_interval();
  for (std::size_t at = 0; at < buckets; ++at)
    ended_[at] = present_[at].load(relaxed) == 0 ? 0 : present_[at].exchange(0, relaxed);
}

double sample_metric::quantile(double share) const {
  std::array<std::uint64_t, buckets> both{};
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < buckets; ++at)
    count += both[at] = std::uint64_t{ended_[at]} + present_[at].load(relaxed);
  if (count == 0)
    return std::numeric_limits<double>::quiet_NaN();
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count)));
  std::uint64_t seen = 0;
  for (std::size_t at = 0; at < buckets; ++at) {
    seen += both[at];
    if (seen >= rank)
      return value_of(at);
  }
  return value_of(buckets - 1);
}

// -- the registry -----------------------------------------------------------------

template <class Metric>
Metric& metrics_registry::make(kind<Metric>& of, metric_name&& name, std::string&& help) {
  const std::lock_guard lock(mutex_);
  const auto text = text_of(name);
  if (const auto found = of.by_text.find(text); found != of.by_text.end())
    return *found->second;
  if (of.all.size() >= messages::limits::metrics_max)
    return of.spare;
  auto& made = of.all.emplace_back();
  made.name = std::move(name);
  made.help = std::move(help);
  of.by_text.emplace(text, &made.metric);
  return made.metric;
}

gauge_metric& metrics_registry::gauge(metric_name name, std::string help) {
  return make(gauges_, std::move(name), std::move(help));
}

counter_metric& metrics_registry::counter(metric_name name, std::string help) {
  return make(counters_, std::move(name), std::move(help));
}

sample_metric& metrics_registry::sample(metric_name name, std::string help) {
  return make(samples_, std::move(name), std::move(help));
}

void metrics_registry::begin(std::int64_t unix_now_s) {
  const std::lock_guard lock(mutex_);
  present_began_unix_s_ = unix_now_s;
}

void metrics_registry::end_interval(std::int64_t unix_now_s) {
  const std::lock_guard lock(mutex_);
  for (auto& each : gauges_.all)
    each.at_end = each.metric.value();
  for (auto& each : counters_.all)
    each.metric.end_interval();
  for (auto& each : samples_.all)
    each.metric.end_interval();
  ended_began_unix_s_ = present_began_unix_s_;
  present_began_unix_s_ = unix_now_s;
  has_ended_ = true;
}

metrics_reading metrics_registry::last_interval() const {
  const std::lock_guard lock(mutex_);
  metrics_reading read;
  read.began_unix_s = has_ended_ ? ended_began_unix_s_ : present_began_unix_s_;
  for (const auto& each : gauges_.all)
    read.gauges.push_back({each.name, each.help, has_ended_ ? each.at_end : each.metric.value()});
  const auto sums_of = [this](const counter_metric& metric) {
    return has_ended_ ? metric.ended_ : difference(metric.total(), metric.at_start_);
  };
  for (const auto& each : counters_.all)
    if (const auto sums = sums_of(each.metric); sums.count > 0)
      read.counters.push_back({each.name, each.help, sums, {}});
  for (const auto& each : samples_.all)
    if (const auto sums = sums_of(each.metric.sums_); sums.count > 0)
      read.samples.push_back({each.name, each.help, sums, {}});
  return read;
}

metrics_reading metrics_registry::totals() const {
  const std::lock_guard lock(mutex_);
  metrics_reading read;
  read.began_unix_s = present_began_unix_s_;
  for (const auto& each : gauges_.all)
    read.gauges.push_back({each.name, each.help, each.metric.value()});
  for (const auto& each : counters_.all)
    read.counters.push_back({each.name, each.help, each.metric.total(), {}});
  for (const auto& each : samples_.all) {
    sums_reading row{each.name, each.help, each.metric.sums_.total(), {}};
    for (std::size_t at = 0; at < metric_quantiles.size(); ++at)
      row.quantiles[at] = each.metric.quantile(metric_quantiles[at]);
    read.samples.push_back(std::move(row));
  }
  return read;
}

metrics_registry& process_metrics() {
  static metrics_registry all;
  return all;
}

}  // namespace troupe::actors
