#include "bench/gossip_scale/progress_line.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace troupe::gossip_scale {

void show_progress(double done, std::size_t all, double seconds) {
  if (isatty(STDERR_FILENO) == 0)
    return;
  const auto of_all = static_cast<double>(all);
  // Before that it would be a guess.
  constexpr double enough = 0.005;
  const auto left = std::lround(seconds * (of_all - done) / std::max(done, 1e-9));
  fmt::print(stderr, "\r{:.0f} of {} runs, {:.1f} %, {}   ", std::floor(done), all,
             100 * done / of_all,
             done / of_all < enough ? std::string{"..."}
                                    : fmt::format("{} min {} s left", left / 60, left % 60));
  std::fflush(stderr);
}

void clear_progress() {
  if (isatty(STDERR_FILENO) != 0)
    fmt::print(stderr, "\r{:60}\r", "");
}

}  // namespace troupe::gossip_scale
