// Many runs of scenarios, one a core at a time; the figures are the same whatever the number of
// cores.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/gossip_scale/scenario.hpp"

namespace troupe::gossip_scale {

struct planned_run {
  scenario what;
  std::uint64_t seed = 1;
};

struct run_report {
  std::vector<figures> done;  // in the order of the plan; only whole runs
  bool is_complete = true;
  double wall_s = 0;
  double busy_s = 0;  // processor time of all runs together
};

struct run_watcher {
  // progress(done, all, seconds gone) about once a second; may be empty. Runs under way count in
  // part.
  std::function<void(double, std::size_t, double)> progress{};
  // finished(place in the plan, its figures) as each whole run ends, one at a time, in any order;
  // may be empty.
  std::function<void(std::size_t, const figures&)> finished{};
};

run_report run_all(const std::vector<planned_run>& plan, unsigned cores,
                   const std::atomic<bool>& stop, const run_watcher& watcher);

}  // namespace troupe::gossip_scale
