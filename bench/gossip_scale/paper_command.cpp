#include "bench/gossip_scale/paper_command.hpp"

#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "bench/gossip_scale/paper_report.hpp"
#include "bench/gossip_scale/progress_line.hpp"
#include "bench/gossip_scale/svg_plot.hpp"
#include "bench/gossip_scale/write_file.hpp"
#include "messages/go_flags.hpp"

namespace troupe::gossip_scale {

namespace {

using messages::errc;
using messages::failure;
using messages::result;

struct paper_options {
  paper_extent extent;
  std::uint64_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::string results = "gossip_scale_paper.results";
  bool only_report = false;
  std::string plots;
};

result<paper_options> parse(const std::vector<std::string>& args) {
  paper_options made;
  std::uint64_t repetitions = 0;
  messages::go_flags flags;
  flags.add("quick", &made.extent.is_quick, "a ninth of the anomalies, once: minutes, not hours")
      .add("repetitions", &repetitions, "of each anomaly (the paper's 10; 1 with -quick)")
      .add("cores", &made.cores, "runs at a time (all)")
      .add("results", &made.results,
           "the file that keeps what is done; the next call goes on there "
           "(gossip_scale_paper.results)")
      .add("plot", &made.plots, "write plots (SVG) into this folder")
      .add("report", &made.only_report, "run nothing, report what is there");
  if (const auto parsed = flags.parse(args); !parsed)
    return flags.help_requested() ? failure{errc::bad_request, flags.usage()} : parsed.error();
  if (!flags.rest().empty())
    return failure{errc::bad_request, "what is \"" + flags.rest().front() + "\"? see -help"};
  if (!flags.given("repetitions"))
    repetitions = made.extent.is_quick ? 1 : 10;
  if (repetitions < 1 || repetitions > 100 || made.cores < 1 || made.cores > 1024)
    return failure{errc::bad_request, "-repetitions must be from 1 to 100, -cores from 1 to 1024"};
  made.extent.repetitions = static_cast<std::uint32_t>(repetitions);
  return made;
}

// False: results could not be kept.
bool run_missing(const std::vector<paper_run>& plan, results_file& results, unsigned cores,
                 const std::atomic<bool>& stop) {
  std::vector<planned_run> missing;
  std::vector<std::string> keys;
  for (const auto& each : plan) {
    if (results.all().contains(each.key))
      continue;
    missing.push_back(each.what);
    keys.push_back(each.key);
  }
  bool is_kept = true;
  const auto keep = [&](std::size_t place, const figures& found) {
    is_kept = results.add(keys[place], kept_result::of(found)) && is_kept;
  };
  if (!missing.empty())
    (void)run_all(missing, cores, stop, {.progress = show_progress, .finished = keep});
  clear_progress();
  return is_kept;
}

// Shares of the baseline's sum; the paper's is not drawn if it is 0.
bar share_bar(const std::string& name, const std::vector<double>& values,
              const std::vector<double>& baseline, const std::vector<std::size_t>& strata,
              double paper) {
  const double of = sum_of(baseline);
  if (of == 0)
    return {.name = name};
  const auto sure = &values == &baseline ? bounds{} : bounds_of_ratio(values, baseline, strata);
  return {.name = name,
          .value = 100 * sum_of(values) / of,
          .mark = paper > 0 ? paper : -1,
          .low = 100 * sure.low,
          .high = 100 * sure.high};
}

bool write_plots(const std::string& folder, const std::vector<paper_configuration>& configurations,
                 const sweep_summary& found) {
  std::vector<bar> at_all;
  std::vector<bar> at_healthy;
  std::vector<bar> load;
  std::vector<curve> latencies;
  const auto& swim = found.configurations.front();
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    const auto& each = found.configurations[i];
    const auto& name = configurations[i].name;
    const auto paper = configurations[i].published.value_or(published_figures{});
    at_all.push_back(share_bar(name, each.false_positives, swim.false_positives,
                               found.interval_strata, paper.false_positives_percent));
    at_healthy.push_back(share_bar(name, each.false_positives_at_healthy,
                                   swim.false_positives_at_healthy, found.interval_strata,
                                   paper.false_positives_at_healthy_percent));
    load.push_back(
        share_bar(name, each.packets, swim.packets, found.interval_strata, paper.messages_percent));
    if (name == "swim" || name == "lifeguard" || name == "lifeguard-2-6" || name == "agent")
      latencies.push_back(distribution_of(name, each.first_detection_s));
  }
  return write_file(folder, "paper_false_positives.svg",
                    bar_plot("False positives at all members, % of SWIM's (95 %); red: the paper",
                             at_all)) &&
         write_file(
             folder, "paper_at_healthy.svg",
             bar_plot("False positives at healthy members, % of SWIM's (95 %); red: the paper",
                      at_healthy)) &&
         write_file(folder, "paper_load.svg",
                    bar_plot("Messages, % of SWIM's (95 %); red: the paper", load)) &&
         write_file(folder, "paper_latency.svg",
                    line_plot("First detection of an anomaly", "seconds", "% detected", latencies));
}

}  // namespace

int paper_command(const std::vector<std::string>& args, const std::atomic<bool>& stop) {
  const auto options = parse(args);
  if (!options) {
    fmt::print(stderr, "{}\n", options.error().detail);
    return 2;
  }
  auto results = results_file::open(options->results);
  if (!results) {
    fmt::print(stderr, "{}\n", results.error().detail);
    return 2;
  }
  const auto plan = paper_plan(options->extent);
  if (!options->only_report &&
      !run_missing(plan, *results, static_cast<unsigned>(options->cores), stop)) {
    fmt::print(stderr, "cannot write {}\n", options->results);
    return 1;
  }
  const auto configurations = paper_configurations();
  const auto found = summarize(plan, results->all());
  fmt::print("{}", paper_tables(configurations, found));
  if (!options->plots.empty() && !write_plots(options->plots, configurations, found)) {
    fmt::print(stderr, "cannot write plots into {}\n", options->plots);
    return 1;
  }
  return 0;
}

}  // namespace troupe::gossip_scale
