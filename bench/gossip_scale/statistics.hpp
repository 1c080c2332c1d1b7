// Figures of many runs and how sure they are. Values only.
#pragma once

#include <cstddef>
#include <vector>

namespace troupe::gossip_scale {

// Nearest rank, of a copy; nothing of none is NaN. `percent` from 0 to 100.
double percentile(std::vector<double> values, double percent);

// Where the true value lies with 95 %.
struct bounds {
  double low = 0;
  double high = 0;
};

// Of sum(values) / sum(baseline), both of the same runs in the same order, of which
// strata[i] says under which conditions the i-th was: runs of a stratum are repetitions, strata are
// not drawn by chance. The combined ratio estimate of stratified sampling (Cochran, Sampling
// Techniques, 6.11), normal approximation; strata of one run count as one together. If all values
// are 0, up to 3.7 counts (Poisson). The baseline's sum is not 0.
bounds bounds_of_ratio(const std::vector<double>& values, const std::vector<double>& baseline,
                       const std::vector<std::size_t>& strata);

// Of a percentile, by order statistics; no assumption on the distribution. NaN of none.
bounds bounds_of_percentile(const std::vector<double>& values, double percent);

}  // namespace troupe::gossip_scale
