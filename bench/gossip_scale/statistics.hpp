// Figures of many runs and how sure they are. Values only.
#pragma once

#include <vector>

namespace troupe::gossip_scale {

// Nearest rank, of a copy; nothing of none is NaN. `percent` from 0 to 100.
double percentile(std::vector<double> values, double percent);

// Where the true value lies with 95 %.
struct bounds {
  double low = 0;
  double high = 0;
};

// Of the sum over as many runs again: the normal approximation with the spread seen between runs.
// If all are 0, up to 3.7 (Poisson).
bounds bounds_of_sum(const std::vector<double>& each_run);

// Of a percentile, by order statistics; no assumption on the distribution. NaN of none.
bounds bounds_of_percentile(const std::vector<double>& values, double percent);

}  // namespace troupe::gossip_scale
