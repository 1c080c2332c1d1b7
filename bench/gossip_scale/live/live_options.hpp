// The options of `gossip_scale live`, read and checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/endpoint.hpp"
#include "actors/gossip/swim/swim_settings.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

struct live_options {
  std::uint32_t members = 1000;  // ours, in this process
  std::uint32_t kills = 0;       // of them
  std::uint32_t pauses = 0;
  std::uint32_t serf_members = 0;  // processes
  std::uint32_t serf_kills = 0;
  std::uint32_t serf_pauses = 0;
  std::string serf_program = "serf";

  actors::gossip::swim::swim_settings settings;
  std::string settings_name = "lan";
  bool has_tags = true;  // an agent's, about 110 bytes encoded
  bool is_encrypted = false;

  std::chrono::nanoseconds join_time = std::chrono::seconds{30};  // from the first join to the last
  std::uint32_t seeds = 1;  // the joiners ask these first members in turn
  std::chrono::nanoseconds settle_max = std::chrono::minutes{10};
  std::chrono::nanoseconds quiet = std::chrono::seconds{30};
  std::chrono::nanoseconds pause_length = std::chrono::seconds{16};
  std::chrono::nanoseconds patience = std::chrono::minutes{2};  // for each thing waited for

  std::uint32_t threads = 2;
  // Of the first member. Each further one of ours, and then each of serf's, has the next address
  // and the same port.
  actors::gossip::endpoint first;
  std::string json_file;  // empty: none

  std::uint32_t all_members() const { return members + serf_members; }
};

// The endpoint of the member of this number, ours first.
actors::gossip::endpoint endpoint_of(const live_options& options, std::uint32_t number);

// "live-7" and "serf-1007" are members 7 and 1007.
std::string name_of(const live_options& options, std::uint32_t member);
// `all_members()` if it is none of the pool.
std::uint32_t number_of(const live_options& options, std::string_view name);

// Which members something happens to: the last ones, first those to be killed.
std::uint32_t first_killed(const live_options& options);
std::uint32_t first_paused(const live_options& options);

// errc::bad_request and one line for people; with -help the detail is the usage.
messages::result<live_options> parse_live_options(const std::vector<std::string>& args);

}  // namespace troupe::gossip_scale
