// When a check runs and what its results make of its status, as a pure object: thresholds, TTL, cut
// of the output, and no news where there is none. Time and randomness are passed in. It never runs
// anything and knows no kind of check but two: one that is run every interval, one that is reported
// within a TTL. A check with neither (an alias) only turns results into updates.
//
// One turn: feed it tick(), on_result() or on_report(); then take_output() and carry it out.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>

#include "actors/health/check_result.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

struct check_options {
  std::chrono::nanoseconds interval{0};  // 0: is never run
  std::chrono::nanoseconds ttl{0};       // 0: never expires
  int success_before_passing = 0;
  int failures_before_warning = 0;
  int failures_before_critical = 0;
  std::size_t output_bytes_max = messages::limits::check_output_bytes_max;
  check_result initial;  // what the registry holds at the start
};

// What the shell owes the core after an input.
struct check_duties {
  bool run = false;                    // start the probe; answer with on_result()
  std::optional<check_result> update;  // tell the registry
};

class check_core {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // The first run comes after a random part of the interval, so that checks registered together (a
  // restart, a deployment) spread evenly over it.
  check_core(const check_options& options, std::mt19937_64& random, time_point now);

  // -- inputs ------------------------------------------------------------

  void tick(time_point now);

  // A run has ended. Subject to the thresholds.
  void on_result(check_result result, time_point now);

  // The owner of a TTL check reported, or an alias was computed. No thresholds; the TTL starts
  // anew.
  void on_report(check_result report, time_point now);

  // -- output ------------------------------------------------------------

  [[nodiscard]] check_duties take_output();

  // tick() is due no later than this; time_point::max(): not before the next input.
  time_point next_deadline() const;

 private:
  void expire();
  void publish(check_result result);

  check_options options_;
  check_result published_;
  int successes_;  // consecutive; passing and warning both count
  int failures_;   // consecutive
  time_point run_due_ =
      time_point::max();  // on the grid first run + n * interval, so it never drifts
  time_point expires_ = time_point::max();  // max(): no TTL, or it has expired already
  bool running_ = false;
  std::string last_report_;
  check_duties output_;
};

}  // namespace troupe::actors
