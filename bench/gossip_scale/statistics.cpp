#include "bench/gossip_scale/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace troupe::gossip_scale {

namespace {

constexpr double deviations_of_95_percent = 1.96;
// What a count of 0 leaves possible: ln(1 / 0.025).
constexpr double none_seen_at_most = 3.7;

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

bounds bounds_of_sum(const std::vector<double>& each_run) {
  const double sum = std::accumulate(each_run.begin(), each_run.end(), 0.0);
  const auto n = static_cast<double>(each_run.size());
  if (each_run.size() < 2 || sum == 0)
    return {sum, std::max(sum, none_seen_at_most)};
  double squares = 0;
  for (const double each : each_run)
    squares += (each - sum / n) * (each - sum / n);
  const double half = deviations_of_95_percent * std::sqrt(squares / (n - 1) * n);
  return {std::max(0.0, sum - half), sum + half};
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
