// How far a long command is, on a terminal; nothing elsewhere.
#pragma once

#include <cstddef>

namespace troupe::gossip_scale {

// With the time left, if all runs are alike.
void show_progress(std::size_t done, std::size_t all, double seconds);
void clear_progress();

}  // namespace troupe::gossip_scale
