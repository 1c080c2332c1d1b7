#include "bench/gossip_scale/run_many.hpp"

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

namespace troupe::gossip_scale {

namespace {

using wall_clock = std::chrono::steady_clock;

double seconds_since(wall_clock::time_point start) {
  return std::chrono::duration<double>(wall_clock::now() - start).count();
}

// Others use the machine, too: what a run costs is what it used.
double cpu_seconds_of_this_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

// What the cores share.
struct shared_work {
  std::mutex guard;
  std::condition_variable changed;
  std::size_t next = 0;
  std::size_t done = 0;
  unsigned working = 0;
  double busy_s = 0;
  std::deque<std::atomic<double>> shares;  // of the runs under way, one a worker

  std::atomic<double>& share_of_new_worker() {
    const std::lock_guard hold{guard};
    return shares.emplace_back(0.0);
  }
  // Under the guard.
  double done_with_parts() const {
    return std::accumulate(shares.begin(), shares.end(), static_cast<double>(done));
  }
};

void work(const std::vector<planned_run>& plan, std::vector<std::optional<figures>>& results,
          shared_work& shared, const std::atomic<bool>& stop, const run_watcher& watcher) {
  auto& share = shared.share_of_new_worker();
  for (;;) {
    std::size_t mine = 0;
    {
      const std::lock_guard hold{shared.guard};
      if (stop || shared.next == plan.size()) {
        --shared.working;
        shared.changed.notify_all();
        return;
      }
      mine = shared.next++;
    }
    const auto before = cpu_seconds_of_this_thread();
    auto found = run(plan[mine].what, plan[mine].seed, stop, &share);
    const std::lock_guard hold{shared.guard};
    shared.busy_s += cpu_seconds_of_this_thread() - before;
    ++shared.done;
    share = 0;
    if (stop)
      continue;
    results[mine] = std::move(found);
    if (watcher.finished)
      watcher.finished(mine, *results[mine]);
  }
}

}  // namespace

run_report run_all(const std::vector<planned_run>& plan, unsigned cores,
                   const std::atomic<bool>& stop, const run_watcher& watcher) {
  const auto start = wall_clock::now();
  std::vector<std::optional<figures>> results(plan.size());
  shared_work shared;
  shared.working = std::max(1U, std::min(cores, static_cast<unsigned>(plan.size())));
  std::vector<std::thread> threads;
  for (unsigned i = shared.working; i > 0; --i)
    threads.emplace_back([&] { work(plan, results, shared, stop, watcher); });
  {
    std::unique_lock hold{shared.guard};
    while (!shared.changed.wait_for(hold, std::chrono::seconds{1},
                                    [&] { return shared.working == 0; }))
      if (watcher.progress)
        watcher.progress(shared.done_with_parts(), plan.size(), seconds_since(start));
  }
  for (auto& each : threads)
    each.join();
  run_report report{
      .done = {}, .is_complete = true, .wall_s = seconds_since(start), .busy_s = shared.busy_s};
  for (auto& each : results) {
    report.is_complete = report.is_complete && each.has_value();
    if (each)
      report.done.push_back(std::move(*each));
  }
  return report;
}

}  // namespace troupe::gossip_scale
