// The experiments of the Lifeguard paper (arXiv 1707.00788, V) as a list of runs, and what it
// published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/gossip_scale/run_many.hpp"

namespace troupe::gossip_scale {

// Shares are of the paper's own SWIM, in percent.
struct published_figures {
  double false_positives_percent = 0;
  double false_positives_at_healthy_percent = 0;
  double first_median_s = 0;
  double first_99_s = 0;
  double full_median_s = 0;
  double messages_percent = 0;  // 0: not published
  double bytes_percent = 0;
};

// The paper's SWIM, a run of its 4,320 interval runs.
struct published_baseline {
  double false_positives = 339'002.0 / 4320;
  double false_positives_at_healthy = 1'326.0 / 4320;
  double messages = 435.33e6 / 4320;
  double kibibytes = 149.15 * 1024 * 1024 / 4320;
};

struct paper_configuration {
  std::string name;
  swim::swim_settings settings;
  std::optional<published_figures> published;
};

// The five of table IV, Lifeguard's other alphas and betas of table VII, and ours. The first is the
// baseline.
std::vector<paper_configuration> paper_configurations();

struct paper_run {
  std::size_t configuration = 0;  // of paper_configurations()
  std::string key;                // one word, the run's for ever
  planned_run what;
};

struct paper_extent {
  // 1 to 100; the paper: 10.
  std::uint32_t repetitions = 10;
  // One count of anomalous members, not nine, for each length and interval.
  bool is_quick = false;
};

// All configurations meet the same anomalies with the same seeds. Whole repetitions come one after
// another, so that the first part of the list is a small sweep.
std::vector<paper_run> paper_plan(const paper_extent& extent);

}  // namespace troupe::gossip_scale
