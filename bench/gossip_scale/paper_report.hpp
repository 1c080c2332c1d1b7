// What a sweep found, beside what the paper published.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/gossip_scale/paper_plan.hpp"
#include "bench/gossip_scale/paper_results.hpp"
#include "bench/gossip_scale/statistics.hpp"

namespace troupe::gossip_scale {

struct configuration_summary {
  std::size_t runs = 0;
  std::vector<double> false_positives;  // of each run
  std::vector<double> false_positives_at_healthy;
  double packets = 0;
  double packet_bytes = 0;
  std::vector<double> first_detection_s;
  std::vector<double> full_dissemination_s;
};

// By configuration. Only anomalies that every configuration has been through count, so that a sweep
// in its midst compares like with like.
std::vector<configuration_summary> summarize(const std::vector<paper_run>& plan,
                                             const std::map<std::string, kept_result>& results);

// Of all.
double sum_of(const std::vector<double>& values);

// Markdown: false positives, latencies, load.
std::string paper_tables(const std::vector<paper_configuration>& configurations,
                         const std::vector<configuration_summary>& found);

}  // namespace troupe::gossip_scale
