#include "bench/gossip_scale/paper_report.hpp"

#include <numeric>
#include <set>

#include <fmt/format.h>

namespace troupe::gossip_scale {

namespace {

std::string share(double of_all) {
  return fmt::format("{:.2f}", 100 * of_all);
}

std::string published(double value) {
  return value == 0 ? "" : fmt::format("{:.2f}", value);
}

// "sum | share (low to high) | the paper's share", of the baseline's sum.
std::string count_cells(const std::vector<double>& each_run, double baseline,
                        const std::string& paper) {
  const auto sum = sum_of(each_run);
  if (baseline == 0)
    return fmt::format("{} | | {}", sum, paper);
  const auto sure = bounds_of_sum(each_run);
  return fmt::format("{} | {} ({} to {}) | {}", sum, share(sum / baseline),
                     share(sure.low / baseline), share(sure.high / baseline), paper);
}

std::string seconds_cells(const std::vector<double>& values, double percent,
                          const std::string& paper) {
  if (values.empty())
    return fmt::format(" | {}", paper);
  const auto sure = bounds_of_percentile(values, percent);
  return fmt::format("{:.2f} ({:.2f} to {:.2f}) | {}", percentile(values, percent), sure.low,
                     sure.high, paper);
}

std::string false_positive_table(const std::vector<paper_configuration>& configurations,
                                 const std::vector<configuration_summary>& found) {
  std::string text =
      "\n| configuration | false positives | % of swim (95 %) | paper | at healthy members | % of "
      "swim "
      "(95 %) | paper |\n|---|---|---|---|---|---|---|\n";
  const double all = sum_of(found.front().false_positives);
  const double healthy = sum_of(found.front().false_positives_at_healthy);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& paper = configurations[i].published;
    text +=
        fmt::format("| {} | {} | {} |\n", configurations[i].name,
                    count_cells(found[i].false_positives, all,
                                paper ? published(paper->false_positives_percent) : ""),
                    count_cells(found[i].false_positives_at_healthy, healthy,
                                paper ? published(paper->false_positives_at_healthy_percent) : ""));
  }
  return text;
}

std::string latency_table(const std::vector<paper_configuration>& configurations,
                          const std::vector<configuration_summary>& found) {
  std::string text =
      "\n| configuration | detections | first, median s (95 %) | paper | first, 99 % | paper | "
      "known "
      "to all healthy, median | paper |\n|---|---|---|---|---|---|---|---|\n";
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& paper = configurations[i].published;
    text += fmt::format(
        "| {} | {} | {} | {} | {} |\n", configurations[i].name, found[i].first_detection_s.size(),
        seconds_cells(found[i].first_detection_s, 50,
                      paper ? published(paper->first_median_s) : ""),
        seconds_cells(found[i].first_detection_s, 99, paper ? published(paper->first_99_s) : ""),
        seconds_cells(found[i].full_dissemination_s, 50,
                      paper ? published(paper->full_median_s) : ""));
  }
  return text;
}

std::string load_table(const std::vector<paper_configuration>& configurations,
                       const std::vector<configuration_summary>& found) {
  std::string text =
      "\n| configuration | messages a run | % of swim | paper | KiB a run | % of swim | paper "
      "|\n|---|---|---|---|---|---|---|\n";
  constexpr double kibibyte = 1024;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& paper = configurations[i].published;
    const auto runs = static_cast<double>(found[i].runs);
    text += fmt::format("| {} | {:.0f} | {} | {} | {:.0f} | {} | {} |\n", configurations[i].name,
                        found[i].packets / runs, share(found[i].packets / found[0].packets),
                        paper ? published(paper->messages_percent) : "",
                        found[i].packet_bytes / runs / kibibyte,
                        share(found[i].packet_bytes / found[0].packet_bytes),
                        paper ? published(paper->bytes_percent) : "");
  }
  return text;
}

std::string anomaly_of(const std::string& key) {
  return key.substr(key.find('/') + 1);
}

}  // namespace

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<configuration_summary> summarize(const std::vector<paper_run>& plan,
                                             const std::map<std::string, kept_result>& results) {
  std::vector<configuration_summary> found(paper_configurations().size());
  std::set<std::string> incomplete;
  for (const auto& each : plan)
    if (!results.contains(each.key))
      incomplete.insert(anomaly_of(each.key));
  for (const auto& each : plan) {
    if (incomplete.contains(anomaly_of(each.key)))
      continue;
    const auto& result = results.at(each.key);
    auto& into = found[each.configuration];
    ++into.runs;
    into.false_positives.push_back(static_cast<double>(result.false_positives));
    into.false_positives_at_healthy.push_back(
        static_cast<double>(result.false_positives_at_healthy));
    into.packets += static_cast<double>(result.packets);
    into.packet_bytes += static_cast<double>(result.packet_bytes);
    into.first_detection_s.insert(into.first_detection_s.end(), result.first_detection_s.begin(),
                                  result.first_detection_s.end());
    into.full_dissemination_s.insert(into.full_dissemination_s.end(),
                                     result.full_dissemination_s.begin(),
                                     result.full_dissemination_s.end());
  }
  return found;
}

std::string paper_tables(const std::vector<paper_configuration>& configurations,
                         const std::vector<configuration_summary>& found) {
  if (found.front().runs == 0)
    return "No anomaly has been through all configurations yet.\n";
  return fmt::format("{} runs of each of {} configurations\n", found.front().runs, found.size()) +
         false_positive_table(configurations, found) + latency_table(configurations, found) +
         load_table(configurations, found);
}

}  // namespace troupe::gossip_scale
