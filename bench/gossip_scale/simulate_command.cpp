#include "bench/gossip_scale/simulate_command.hpp"

#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>

#include "bench/gossip_scale/progress_line.hpp"
#include "bench/gossip_scale/run_many.hpp"
#include "bench/gossip_scale/simulate_options.hpp"
#include "bench/gossip_scale/statistics.hpp"
#include "bench/gossip_scale/svg_plot.hpp"
#include "bench/gossip_scale/write_file.hpp"

namespace troupe::gossip_scale {

namespace {

std::string percentiles(const std::vector<double>& values) {
  if (values.empty())
    return "-";
  return fmt::format("{:.2f} / {:.2f} / {:.2f} s of {}", percentile(values, 50),
                     percentile(values, 99), percentile(values, 99.9), values.size());
}

double peak_memory_bytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  constexpr double kibibyte = 1024;
  return static_cast<double>(used.ru_maxrss) * kibibyte;
}

void print_table(const simulate_options& options, const run_report& report, const figures& sum) {
  const auto& what = options.what;
  const double member_seconds = sum.virtual_s * what.members;
  fmt::print("{} members, settings {}, alpha {}, beta {}, loss {}, seed {}, {} runs{}\n",
             what.members, options.settings_name, what.settings.suspicion_multiplier,
             what.settings.suspicion_max_multiplier, what.network.loss, options.seed,
             report.done.size(), report.is_complete ? "" : " (stopped early)");
  const auto row = [](const char* name, const std::string& value) {
    fmt::print("  {:<42}{}\n", name, value);
  };
  row("first suspicion, median / 99 / 99.9 %", percentiles(sum.first_suspicion_s));
  row("first detection, median / 99 / 99.9 %", percentiles(sum.first_detection_s));
  row("known to all healthy, median / 99 / 99.9 %", percentiles(sum.full_dissemination_s));
  row("not noticed by all", fmt::format("{}", sum.undetected));
  row("false positives; those at healthy members",
      fmt::format("{}; {}", sum.false_positives, sum.false_positives_at_healthy));
  row("suspicions", fmt::format("{}", sum.suspicions));
  row("wrong beliefs at the end", fmt::format("{}", sum.wrong_beliefs));
  if (!sum.faulty_out.empty())
    row("faulty members out, mean of each quarter",
        fmt::format("{:.2f} / {:.2f} / {:.2f} / {:.2f} %", sum.faulty_out_in_quarter(0),
                    sum.faulty_out_in_quarter(1), sum.faulty_out_in_quarter(2),
                    sum.faulty_out_in_quarter(3)));
  if (what.bootstrap)
    row("all views whole; sizes seen each second",
        sum.whole_views_s < 0
            ? "never"
            : fmt::format("{:.2f} s; {}", sum.whole_views_s, sum.distinct_view_sizes));
  row("packets a member-second",
      fmt::format("{:.3f}", static_cast<double>(sum.total.packets_sent) / member_seconds));
  row("packet bytes a member-second",
      fmt::format("{:.1f}", static_cast<double>(sum.total.packet_bytes_sent) / member_seconds));
  row("push/pull bytes a member-second",
      fmt::format("{:.1f}", static_cast<double>(sum.total.stream_bytes) / member_seconds));
  if (sum.total.wire_bytes > 0)
    row("bytes on the wire a member-second",
        fmt::format("{:.1f} compressed (of a sample)",
                    static_cast<double>(sum.total.wire_bytes) / member_seconds));
  row("virtual time", fmt::format("{:.0f} s in {:.2f} s", sum.virtual_s, report.wall_s));
  const auto millions_a_core_second = [&](std::uint64_t count) {
    return fmt::format("{:.2f} million", static_cast<double>(count) / report.busy_s / 1e6);
  };
  row("delivered packets a core-second", millions_a_core_second(sum.total.packets_delivered));
  row("messages in them a core-second", millions_a_core_second(sum.total.messages_delivered));
  if (sum.total.merged_records > 0)
    row("merged records a core-second", millions_a_core_second(sum.total.merged_records));
  row("memory", fmt::format("{:.0f} MB at most, {:.1f} kB a member", peak_memory_bytes() / 1e6,
                            peak_memory_bytes() / 1e3 / what.members));
}

constexpr const char* columns[] = {"seed",
                                   "first_suspicion_median_s",
                                   "first_detection_median_s",
                                   "full_dissemination_median_s",
                                   "undetected",
                                   "false_positives",
                                   "false_positives_at_healthy",
                                   "suspicions",
                                   "wrong_beliefs",
                                   "whole_views_s",
                                   "distinct_view_sizes",
                                   "packets",
                                   "packet_bytes",
                                   "streams",
                                   "stream_bytes",
                                   "wire_bytes",
                                   "virtual_s"};

// An absent figure is empty.
std::vector<std::string> cells_of(const figures& one) {
  const auto median = [](const std::vector<double>& values) {
    return values.empty() ? std::string{} : fmt::format("{:.6f}", percentile(values, 50));
  };
  return {fmt::format("{}", one.seed),
          median(one.first_suspicion_s),
          median(one.first_detection_s),
          median(one.full_dissemination_s),
          fmt::format("{}", one.undetected),
          fmt::format("{}", one.false_positives),
          fmt::format("{}", one.false_positives_at_healthy),
          fmt::format("{}", one.suspicions),
          fmt::format("{}", one.wrong_beliefs),
          one.whole_views_s < 0 ? std::string{} : fmt::format("{:.6f}", one.whole_views_s),
          fmt::format("{}", one.distinct_view_sizes),
          fmt::format("{}", one.total.packets_sent),
          fmt::format("{}", one.total.packet_bytes_sent),
          fmt::format("{}", one.total.streams),
          fmt::format("{}", one.total.stream_bytes),
          one.total.wire_bytes == 0 ? std::string{} : fmt::format("{}", one.total.wire_bytes),
          fmt::format("{:.3f}", one.virtual_s)};
}

bool write_csv(const std::string& file, const run_report& report) {
  std::ofstream out{file};
  for (std::size_t i = 0; i < std::size(columns); ++i)
    out << (i == 0 ? "" : ",") << columns[i];
  out << "\n";
  for (const auto& each : report.done) {
    const auto cells = cells_of(each);
    for (std::size_t i = 0; i < cells.size(); ++i)
      out << (i == 0 ? "" : ",") << cells[i];
    out << "\n";
  }
  return static_cast<bool>(out.flush());
}

bool write_json(const std::string& file, const run_report& report) {
  std::ofstream out{file};
  out << "[";
  for (std::size_t run = 0; run < report.done.size(); ++run) {
    const auto cells = cells_of(report.done[run]);
    out << (run == 0 ? "\n" : ",\n") << "  {";
    for (std::size_t i = 0; i < cells.size(); ++i)
      out << (i == 0 ? "" : ", ") << '"' << columns[i]
          << "\": " << (cells[i].empty() ? "null" : cells[i]);
    out << "}";
  }
  out << "\n]\n";
  return static_cast<bool>(out.flush());
}

// A curve a run.
std::vector<curve> over_time(const run_report& report,
                             std::vector<std::pair<double, double>> figures::*points) {
  constexpr std::size_t curves_max = 8;
  std::vector<curve> made;
  for (const auto& each : report.done)
    if (made.size() < curves_max && !(each.*points).empty())
      made.push_back({fmt::format("seed {}", each.seed), each.*points});
  return made;
}

bool write_plots(const std::string& folder, const run_report& report, const figures& sum) {
  std::vector<bar> false_positives;
  for (const auto& each : report.done)
    false_positives.push_back(
        {fmt::format("seed {}", each.seed), static_cast<double>(each.false_positives)});
  return write_file(folder, "latency.svg",
                    line_plot("Detection", "seconds", "% of detections",
                              {distribution_of("suspected", sum.first_suspicion_s),
                               distribution_of("first", sum.first_detection_s),
                               distribution_of("all healthy", sum.full_dissemination_s)})) &&
         write_file(folder, "load.svg",
                    line_plot("Load", "seconds", "packets a member-second",
                              over_time(report, &figures::packets_a_second))) &&
         (sum.distinct_view_sizes == 0 ||
          write_file(folder, "views.svg",
                     line_plot("Members whose view is whole", "seconds", "% of members",
                               over_time(report, &figures::whole_views)))) &&
         write_file(folder, "false_positives.svg",
                    bar_plot("False positives, a bar a run", false_positives));
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
  std::vector<planned_run> plan;
  for (std::uint64_t i = 0; i < options->runs; ++i)
    plan.push_back({options->what, options->seed + i});
  const auto report =
      run_all(plan, static_cast<unsigned>(options->cores), stop, {.progress = show_progress});
  clear_progress();
  if (report.done.empty()) {
    fmt::print(stderr, "stopped before a run was whole\n");
    return 1;
  }
  figures sum;
  for (const auto& each : report.done)
    sum.add(each);
  print_table(*options, report, sum);
  if (!options->csv_file.empty() && !write_csv(options->csv_file, report)) {
    fmt::print(stderr, "cannot write {}\n", options->csv_file);
    return 1;
  }
  if (!options->json_file.empty() && !write_json(options->json_file, report)) {
    fmt::print(stderr, "cannot write {}\n", options->json_file);
    return 1;
  }
  if (!options->plot_folder.empty() && !write_plots(options->plot_folder, report, sum)) {
    fmt::print(stderr, "cannot write plots into {}\n", options->plot_folder);
    return 1;
  }
  return 0;
}

}  // namespace troupe::gossip_scale
