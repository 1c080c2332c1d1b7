#include "bench/gossip_scale/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace troupe::gossip_scale {

namespace {

constexpr double deviations_of_95_percent = 1.96;
// What a count of 0 leaves possible: ln(1 / 0.025).
constexpr double none_seen_at_most = 3.7;

// Of as many drawn again; 0 of fewer than two.
double variance_of_sum(const std::vector<double>& values) {
  if (values.size() < 2)
    return 0;
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double each : values)
    squares += (each - mean) * (each - mean);
  return squares / (n - 1) * n;
}

}  // namespace

double percentile(std::vector<double> values, double percent) {
  if (values.empty())
    return std::numeric_limits<double>::quiet_NaN();
  const auto rank =
      static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

bounds bounds_of_ratio(const std::vector<double>& values, const std::vector<double>& baseline,
                       const std::vector<std::size_t>& strata) {
  const double of = std::accumulate(baseline.begin(), baseline.end(), 0.0);
  const double ratio = std::accumulate(values.begin(), values.end(), 0.0) / of;
  if (ratio == 0)
    return {0, none_seen_at_most / of};
  std::map<std::size_t, std::vector<double>> residuals;
  for (std::size_t i = 0; i < values.size(); ++i)
    residuals[strata[i]].push_back(values[i] - ratio * baseline[i]);
  std::vector<double> alone;
  double variance = 0;
  for (const auto& [stratum, each] : residuals) {
    if (each.size() == 1)
      alone.push_back(each.front());
    else
      variance += variance_of_sum(each);
  }
  variance += variance_of_sum(alone);
  const double half = deviations_of_95_percent * std::sqrt(variance) / of;
  return {std::max(0.0, ratio - half), ratio + half};
}

bounds bounds_of_percentile(const std::vector<double>& values, double percent) {
  const auto n = static_cast<double>(values.size());
  const double share = percent / 100;
  const double half = deviations_of_95_percent * std::sqrt(n * share * (1 - share));
  const auto at = [&](double rank) {
    return percentile(values, n == 0 ? 0 : std::clamp(100 * rank / n, 0.0, 100.0));
  };
  return {at(n * share - half), at(n * share + half + 1)};
}

}  // namespace troupe::gossip_scale
