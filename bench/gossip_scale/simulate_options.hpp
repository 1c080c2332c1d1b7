// The options of `gossip_scale simulate`, read and checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/gossip_scale/scenario.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

struct simulate_options {
  scenario what;                     // of the first size
  std::vector<std::uint32_t> sizes;  // members; at least one
  std::string settings_name;
  std::uint64_t seed = 1;
  std::uint64_t runs = 1;
  std::uint64_t cores = 1;
  std::string csv_file;  // empty: none
  std::string json_file;
  std::string plot_folder;
};

// errc::bad_request and one line for people; with -help the detail is the usage.
messages::result<simulate_options> parse_simulate_options(const std::vector<std::string>& args);

}  // namespace troupe::gossip_scale
