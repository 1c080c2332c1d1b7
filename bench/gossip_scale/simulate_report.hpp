// What came of `gossip_scale simulate`: a table, and files if wanted.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/gossip_scale/run_many.hpp"
#include "bench/gossip_scale/simulate_options.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

// The runs with one number of members; at least one of them is whole.
struct pool_report {
  std::uint32_t members = 0;
  run_report runs;
  figures sum;  // of the runs
};

// All figures if there is one size, else a line a size.
void print_table(const simulate_options& options, const std::vector<pool_report>& pools);

// errc::io and one line for people. Plots of one size are over time, else over the size.
messages::result<void> write_files(const simulate_options& options,
                                   const std::vector<pool_report>& pools);

}  // namespace troupe::gossip_scale
