#include "actors/health/check_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "messages/ensure.hpp"

namespace troupe::actors {

using messages::ensure;

// The counters start at their thresholds: the first result of all decides at once.
check_core::check_core(const check_options& options, std::mt19937_64& random, time_point now)
    : options_(options),
      published_(options.initial),
      successes_(options.success_before_passing),
      failures_(options.failures_before_critical) {
  ensure(options.interval.count() >= 0 && options.ttl.count() >= 0);
  ensure(options.interval.count() == 0 || options.ttl.count() == 0);
  if (options.interval.count() > 0) {
    std::uniform_int_distribution<std::chrono::nanoseconds::rep> part(0,
                                                                      options.interval.count() - 1);
    run_due_ = now + std::chrono::nanoseconds{part(random)};
  }
  if (options.ttl.count() > 0)
    expires_ = now + options.ttl;
}

void check_core::tick(time_point now) {
  if (!running_ && now >= run_due_) {
    // Runs that were missed (a slow probe, a stopped process) are skipped, not made up for.
    const auto behind = (now - run_due_) / options_.interval;
    run_due_ += (behind + 1) * options_.interval;
    running_ = true;
    output_.run = true;
  }
  if (now >= expires_)
    expire();
}

void check_core::expire() {
  expires_ = time_point::max();
  std::string text = "TTL expired";
  if (!last_report_.empty())
    text += " (last output before timeout follows): " + last_report_;
  publish({check_status::critical, std::move(text)});
}

void check_core::on_result(check_result result, time_point now) {
  ensure(running_);
  running_ = false;
  if (result.status != check_status::critical) {
    failures_ = 0;
    if (successes_ < options_.success_before_passing)
      ++successes_;
    if (successes_ >= options_.success_before_passing)
      publish(std::move(result));
  } else {
    successes_ = 0;
    if (failures_ < options_.failures_before_critical)
      ++failures_;
    if (failures_ < options_.failures_before_critical)
      result.status = check_status::warning;
    if (failures_ >= options_.failures_before_warning)
      publish(std::move(result));
  }
  tick(now);
}

void check_core::on_report(check_result report, time_point now) {
  report.output = cut_output(std::move(report.output), options_.output_bytes_max);
  last_report_ = report.output;
  if (options_.ttl.count() > 0)
    expires_ = now + options_.ttl;
  publish(std::move(report));
}

void check_core::publish(check_result result) {
  result.output = to_valid_utf8(result.output);
  if (result == published_)
    return;
  published_ = result;
  output_.update = std::move(result);
}

check_duties check_core::take_output() {
  return std::exchange(output_, {});
}

check_core::time_point check_core::next_deadline() const {
  return std::min(running_ ? time_point::max() : run_due_, expires_);
}

}  // namespace troupe::actors
