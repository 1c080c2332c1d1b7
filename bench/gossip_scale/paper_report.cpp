#include "bench/gossip_scale/paper_report.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace troupe::gossip_scale {

namespace {

// Above alpha log10(128) s for the paper's alphas, so that it can be told of nearly all.
constexpr std::chrono::seconds long_anomaly{16};

// What the tables show of one count.
struct measured {
  const std::vector<double>& each_run;
  const std::vector<double>& baseline;
  const std::vector<std::size_t>& strata;
  double unit = 1;
  int digits = 0;  // after the point, of the figure a run
};

double a_run(const std::vector<double>& each_run, double unit) {
  return each_run.empty() ? 0 : sum_of(each_run) / static_cast<double>(each_run.size()) / unit;
}

// "a run | the paper's | share (low to high) | the paper's".
std::string cells(const measured& what, double paper_percent, double paper_baseline) {
  std::string text = fmt::format("{:.{}f} | ", a_run(what.each_run, what.unit), what.digits);
  if (paper_percent > 0)
    text += fmt::format("{:.{}f}", paper_percent * paper_baseline / 100, what.digits);
  text += " | ";
  const double of = sum_of(what.baseline);
  if (of > 0) {
    const auto sure = bounds_of_ratio(what.each_run, what.baseline, what.strata);
    text += fmt::format("{:.2f}", 100 * sum_of(what.each_run) / of);
    if (&what.each_run != &what.baseline)
      text += fmt::format(" ({:.2f} to {:.2f})", 100 * sure.low, 100 * sure.high);
  }
  return text + " | " + (paper_percent > 0 ? fmt::format("{:.2f}", paper_percent) : "");
}

std::string seconds_cells(const std::vector<double>& values, double percent, double paper) {
  std::string text;
  if (!values.empty()) {
    const auto sure = bounds_of_percentile(values, percent);
    text =
        fmt::format("{:.2f} ({:.2f} to {:.2f})", percentile(values, percent), sure.low, sure.high);
  }
  return text + " | " + (paper > 0 ? fmt::format("{:.2f}", paper) : "");
}

std::string false_positive_table(const std::vector<paper_configuration>& configurations,
                                 const sweep_summary& found) {
  std::string text =
      "\nFalse positives a run, at all members and at healthy ones.\n\n"
      "| configuration | at all | paper | % of swim (95 %) | paper "
      "| at healthy | paper | % of swim (95 %) | paper |\n|---|---|---|---|---|---|---|---|---|\n";
  const auto& swim = found.configurations.front();
  const published_baseline paper;
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    const auto& each = found.configurations[i];
    const auto published = configurations[i].published.value_or(published_figures{});
    text += fmt::format(
        "| {} | {} | {} |\n", configurations[i].name,
        cells({each.false_positives, swim.false_positives, found.interval_strata, 1, 2},
              published.false_positives_percent, paper.false_positives),
        cells({each.false_positives_at_healthy, swim.false_positives_at_healthy,
               found.interval_strata, 1, 4},
              published.false_positives_at_healthy_percent, paper.false_positives_at_healthy));
  }
  return text;
}

std::string latency_table(const std::vector<paper_configuration>& configurations,
                          const sweep_summary& found) {
  std::string text = fmt::format(
      "\nSeconds from the start of an anomaly (95 %). Detected: of {} members that stood still for "
      "16 s or 33 s.\n\n"
      "| configuration | detected | first, median | paper | first, 99 % | paper "
      "| known to all healthy, median | paper |\n|---|---|---|---|---|---|---|---|\n",
      found.long_anomalies);
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    const auto& each = found.configurations[i];
    const auto published = configurations[i].published.value_or(published_figures{});
    text +=
        fmt::format("| {} | {} | {} | {} | {} |\n", configurations[i].name, each.detected_of_long,
                    seconds_cells(each.first_detection_s, 50, published.first_median_s),
                    seconds_cells(each.first_detection_s, 99, published.first_99_s),
                    seconds_cells(each.full_dissemination_s, 50, published.full_median_s));
  }
  return text;
}

std::string load_table(const std::vector<paper_configuration>& configurations,
                       const sweep_summary& found) {
  std::string text =
      "\n| configuration | messages a run | paper | % of swim (95 %) | paper "
      "| KiB a run | paper | % of swim (95 %) | paper |\n|---|---|---|---|---|---|---|---|---|\n";
  constexpr double kibibyte = 1024;
  const auto& swim = found.configurations.front();
  const published_baseline paper;
  for (std::size_t i = 0; i < configurations.size(); ++i) {
    const auto& each = found.configurations[i];
    const auto published = configurations[i].published.value_or(published_figures{});
    text += fmt::format("| {} | {} | {} |\n", configurations[i].name,
                        cells({each.packets, swim.packets, found.interval_strata},
                              published.messages_percent, paper.messages),
                        cells({each.bytes, swim.bytes, found.interval_strata, kibibyte},
                              published.bytes_percent, paper.kibibytes));
  }
  return text;
}

std::string anomaly_of(const std::string& key) {
  return key.substr(key.find('/') + 1);
}

bool is_threshold(const paper_run& run) {
  return run.what.what.anomalies.ends_when_whole;
}

bool is_long(const paper_run& run) {
  return run.what.what.anomalies.length >= long_anomaly;
}

void add(const paper_run& run, const kept_result& result, configuration_summary& into) {
  if (!is_threshold(run)) {
    into.false_positives.push_back(static_cast<double>(result.false_positives));
    into.false_positives_at_healthy.push_back(
        static_cast<double>(result.false_positives_at_healthy));
    into.packets.push_back(static_cast<double>(result.packets));
    into.bytes.push_back(static_cast<double>(result.bytes));
    return;
  }
  const auto& first = result.first_detection_s;
  const auto& full = result.full_dissemination_s;
  into.first_detection_s.insert(into.first_detection_s.end(), first.begin(), first.end());
  into.full_dissemination_s.insert(into.full_dissemination_s.end(), full.begin(), full.end());
  into.detected_of_long += is_long(run) ? first.size() : 0;
}

}  // namespace

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

sweep_summary summarize(const std::vector<paper_run>& plan,
                        const std::map<std::string, kept_result>& results) {
  sweep_summary found;
  found.configurations.resize(paper_configurations().size());
  std::set<std::string> incomplete;
  for (const auto& each : plan)
    if (!results.contains(each.key))
      incomplete.insert(anomaly_of(each.key));
  std::map<std::string, std::size_t> strata;
  for (const auto& each : plan) {
    const auto anomaly = anomaly_of(each.key);
    if (incomplete.contains(anomaly))
      continue;
    add(each, results.at(each.key), found.configurations[each.configuration]);
    if (each.configuration != 0)
      continue;
    if (is_threshold(each)) {
      ++found.threshold_runs;
      found.long_anomalies += is_long(each) ? each.what.what.anomalies.members : 0;
    } else {
      const auto conditions = anomaly.substr(0, anomaly.rfind("-r"));
      found.interval_strata.push_back(strata.emplace(conditions, strata.size()).first->second);
    }
  }
  return found;
}

std::string paper_tables(const std::vector<paper_configuration>& configurations,
                         const sweep_summary& found) {
  if (found.is_empty())
    return "No anomaly has been through all configurations yet.\n";
  return fmt::format("{} interval runs and {} threshold runs of each of {} configurations\n",
                     found.interval_strata.size(), found.threshold_runs,
                     found.configurations.size()) +
         false_positive_table(configurations, found) + latency_table(configurations, found) +
         load_table(configurations, found);
}

}  // namespace troupe::gossip_scale
