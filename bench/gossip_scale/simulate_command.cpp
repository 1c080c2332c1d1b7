#include "bench/gossip_scale/simulate_command.hpp"

#include <cstdio>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "bench/gossip_scale/progress_line.hpp"
#include "bench/gossip_scale/run_many.hpp"
#include "bench/gossip_scale/simulate_options.hpp"
#include "bench/gossip_scale/simulate_report.hpp"

namespace troupe::gossip_scale {

namespace {

pool_report run_pool(const simulate_options& options, std::uint32_t members,
                     const std::atomic<bool>& stop) {
  std::vector<planned_run> plan;
  for (std::uint64_t i = 0; i < options.runs; ++i) {
    plan.push_back({options.what, options.seed + i});
    plan.back().what.members = members;
  }
  pool_report made{.members = members, .runs = {}, .sum = {}};
  made.runs =
      run_all(plan, static_cast<unsigned>(options.cores), stop, {.progress = show_progress});
  clear_progress();
  for (const auto& each : made.runs.done)
    made.sum.add(each);
  return made;
}

}  // namespace

int simulate_command(const std::vector<std::string>& args, const std::atomic<bool>& stop) {
  const auto options = parse_simulate_options(args);
  if (!options) {
    fmt::print(stderr, "{}\n", options.error().detail);
    return 2;
  }
  // Before the runs, which may take hours.
  for (const auto& file : {options->csv_file, options->json_file})
    if (!file.empty() && !std::ofstream{file, std::ios::app}) {
      fmt::print(stderr, "cannot write {}\n", file);
      return 1;
    }
  std::vector<pool_report> pools;
  for (const auto members : options->sizes)
    if (auto made = run_pool(*options, members, stop); !made.runs.done.empty())
      pools.push_back(std::move(made));
  if (pools.empty()) {
    fmt::print(stderr, "stopped before a run was whole\n");
    return 1;
  }
  print_table(*options, pools);
  if (const auto written = write_files(*options, pools); !written) {
    fmt::print(stderr, "{}\n", written.error().detail);
    return 1;
  }
  return 0;
}

}  // namespace troupe::gossip_scale
