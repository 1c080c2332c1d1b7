#include "bench/gossip_scale/progress_line.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace troupe::gossip_scale {

void show_progress(std::size_t done, std::size_t all, double seconds) {
  if (isatty(STDERR_FILENO) == 0)
    return;
  const double left =
      done == 0 ? 0 : seconds * static_cast<double>(all - done) / static_cast<double>(done);
  fmt::print(stderr, "\r{} of {} runs, {:.0f} s left   ", done, all, left);
  std::fflush(stderr);
}

void clear_progress() {
  if (isatty(STDERR_FILENO) != 0)
    fmt::print(stderr, "\r{:60}\r", "");
}

}  // namespace troupe::gossip_scale
