// What a sweep found, beside what the paper published.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "bench/gossip_scale/paper_plan.hpp"
#include "bench/gossip_scale/paper_results.hpp"
#include "bench/gossip_scale/statistics.hpp"

namespace troupe::gossip_scale {

struct configuration_summary {
  // Of each interval run, in one order for all configurations.
  std::vector<double> false_positives;
  std::vector<double> false_positives_at_healthy;
  std::vector<double> packets;
  std::vector<double> bytes;
  // Of the threshold runs: each member that was detected.
  std::vector<double> first_detection_s;
  std::vector<double> full_dissemination_s;
  // Of those whose anomaly outlasts every suspicion's minimum.
  std::size_t detected_of_long = 0;
};

struct sweep_summary {
  std::vector<configuration_summary> configurations;
  std::size_t threshold_runs = 0;            // of each configuration
  std::vector<std::size_t> interval_strata;  // an interval run each: equal if only the seed differs
  std::size_t long_anomalies = 0;  // members that stood still for 16 s and more in threshold runs

  bool is_empty() const { return threshold_runs + interval_strata.size() == 0; }
};

// As the paper does, false positives and load are counted in interval runs, latencies in threshold
// runs. Only anomalies that every configuration has been through count, so that a sweep in its
// midst compares like with like.
sweep_summary summarize(const std::vector<paper_run>& plan,
                        const std::map<std::string, kept_result>& results);

// Of all.
double sum_of(const std::vector<double>& values);

// Markdown: false positives, latencies, load.
std::string paper_tables(const std::vector<paper_configuration>& configurations,
                         const sweep_summary& found);

}  // namespace troupe::gossip_scale
