// How far a long command is, on a terminal; nothing elsewhere.
#pragma once

#include <cstddef>

namespace troupe::gossip_scale {

// With the time left, if all runs are alike; `done` in runs and parts of one.
void show_progress(double done, std::size_t all, double seconds);
void clear_progress();

}  // namespace troupe::gossip_scale
