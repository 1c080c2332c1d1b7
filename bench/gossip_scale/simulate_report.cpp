#include "bench/gossip_scale/simulate_report.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>

#include "bench/gossip_scale/statistics.hpp"
#include "bench/gossip_scale/svg_plot.hpp"
#include "bench/gossip_scale/write_file.hpp"

namespace troupe::gossip_scale {

using messages::errc;
using messages::failure;
using messages::result;

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

std::string title_of(const simulate_options& options) {
  const auto& what = options.what;
  return fmt::format("settings {}, alpha {}, beta {}, loss {}, seed {}", options.settings_name,
                     what.settings.suspicion_multiplier, what.settings.suspicion_max_multiplier,
                     what.network.loss, options.seed);
}

double millions_a_core_second(const pool_report& of, std::uint64_t count) {
  return static_cast<double>(count) / of.runs.busy_s / 1e6;
}

void print_one(const simulate_options& options, const pool_report& of) {
  const auto& what = options.what;
  const auto& sum = of.sum;
  const double member_seconds = sum.virtual_s * of.members;
  fmt::print("{} members, {}, {} runs{}\n", of.members, title_of(options), of.runs.done.size(),
             of.runs.is_complete ? "" : " (stopped early)");
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
  row("virtual time", fmt::format("{:.0f} s in {:.2f} s", sum.virtual_s, of.runs.wall_s));
  const auto speed = [&](std::uint64_t count) {
    return fmt::format("{:.2f} million", millions_a_core_second(of, count));
  };
  row("delivered packets a core-second", speed(sum.total.packets_delivered));
  row("messages in them a core-second", speed(sum.total.messages_delivered));
  if (sum.total.merged_records > 0)
    row("merged records a core-second", speed(sum.total.merged_records));
  row("memory", fmt::format("{:.0f} MB at most, {:.1f} kB a member", peak_memory_bytes() / 1e6,
                            peak_memory_bytes() / 1e3 / of.members));
}

// A line a size, to see what grows with it.
void print_sizes(const simulate_options& options, const std::vector<pool_report>& pools) {
  const bool is_whole =
      std::ranges::all_of(pools, [](const auto& each) { return each.runs.is_complete; });
  fmt::print("{} runs a size, {}{}\n", options.runs, title_of(options),
             is_whole ? "" : " (stopped early)");
  fmt::print("{:>9} {:>12} {:>12} {:>12} {:>9} {:>10} {:>12} {:>14}\n", "members", "suspected",
             "failed", "all know", "false", "packets/s", "bytes/s", "messages/core");
  const auto median = [](const std::vector<double>& values) {
    return values.empty() ? std::string{"-"} : fmt::format("{:.2f} s", percentile(values, 50));
  };
  for (const auto& each : pools) {
    const auto& sum = each.sum;
    const double member_seconds = sum.virtual_s * each.members;
    fmt::print("{:>9} {:>12} {:>12} {:>12} {:>9} {:>10.2f} {:>12.0f} {:>12.2f} M\n", each.members,
               median(sum.first_suspicion_s), median(sum.first_detection_s),
               median(sum.full_dissemination_s), sum.false_positives,
               static_cast<double>(sum.total.packets_sent) / member_seconds,
               static_cast<double>(sum.total.packet_bytes_sent) / member_seconds,
               millions_a_core_second(each, sum.total.messages_delivered));
  }
  fmt::print("medians; packets and bytes are a member's; memory {:.0f} MB at most\n",
             peak_memory_bytes() / 1e6);
}

constexpr const char* columns[] = {"members",
                                   "seed",
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
std::vector<std::string> cells_of(std::uint32_t members, const figures& one) {
  const auto median = [](const std::vector<double>& values) {
    return values.empty() ? std::string{} : fmt::format("{:.6f}", percentile(values, 50));
  };
  return {fmt::format("{}", members),
          fmt::format("{}", one.seed),
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

// All runs, of all sizes.
std::vector<std::vector<std::string>> rows_of(const std::vector<pool_report>& pools) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& pool : pools)
    for (const auto& each : pool.runs.done)
      rows.push_back(cells_of(pool.members, each));
  return rows;
}

bool write_csv(const std::string& file, const std::vector<pool_report>& pools) {
  std::ofstream out{file};
  for (std::size_t i = 0; i < std::size(columns); ++i)
    out << (i == 0 ? "" : ",") << columns[i];
  out << "\n";
  for (const auto& cells : rows_of(pools)) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      out << (i == 0 ? "" : ",") << cells[i];
    out << "\n";
  }
  return static_cast<bool>(out.flush());
}

bool write_json(const std::string& file, const std::vector<pool_report>& pools) {
  std::ofstream out{file};
  out << "[";
  bool is_first = true;
  for (const auto& cells : rows_of(pools)) {
    out << (std::exchange(is_first, false) ? "\n" : ",\n") << "  {";
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

bool plot_one(const std::string& folder, const pool_report& pool) {
  const auto& report = pool.runs;
  const auto& sum = pool.sum;
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

// Medians of a figure by the number of members.
curve by_size(const std::string& name, const std::vector<pool_report>& pools,
              std::vector<double> figures::*values) {
  curve made{name, {}};
  for (const auto& each : pools)
    if (const auto& all = each.sum.*values; !all.empty())
      made.points.emplace_back(each.members, percentile(all, 50));
  return made;
}

bool plot_sizes(const std::string& folder, const std::vector<pool_report>& pools) {
  curve load{"packets", {}};
  for (const auto& each : pools)
    load.points.emplace_back(each.members, static_cast<double>(each.sum.total.packets_sent) /
                                               each.sum.virtual_s / each.members);
  return write_file(folder, "latency_by_members.svg",
                    line_plot("Detection by the number of members", "members", "seconds, median",
                              {by_size("suspected", pools, &figures::first_suspicion_s),
                               by_size("failed", pools, &figures::first_detection_s),
                               by_size("all healthy", pools, &figures::full_dissemination_s)},
                              axis::logarithmic)) &&
         write_file(folder, "load_by_members.svg",
                    line_plot("Load by the number of members", "members", "packets a member-second",
                              {load}, axis::logarithmic));
}

}  // namespace

void print_table(const simulate_options& options, const std::vector<pool_report>& pools) {
  if (pools.size() == 1)
    print_one(options, pools.front());
  else
    print_sizes(options, pools);
}

result<void> write_files(const simulate_options& options, const std::vector<pool_report>& pools) {
  if (!options.csv_file.empty() && !write_csv(options.csv_file, pools))
    return failure{errc::io, "cannot write " + options.csv_file};
  if (!options.json_file.empty() && !write_json(options.json_file, pools))
    return failure{errc::io, "cannot write " + options.json_file};
  if (options.plot_folder.empty())
    return {};
  if (!(pools.size() == 1 ? plot_one(options.plot_folder, pools.front())
                          : plot_sizes(options.plot_folder, pools)))
    return failure{errc::io, "cannot write plots into " + options.plot_folder};
  return {};
}

}  // namespace troupe::gossip_scale
