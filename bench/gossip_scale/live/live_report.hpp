// What a live pool cost and how it did, as text for people and as JSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/gossip_scale/live/live_options.hpp"
#include "bench/gossip_scale/live/sightings.hpp"

namespace troupe::gossip_scale {

// Of one kind of members in one stretch of time, each figure by member.
struct side_cost {
  double cpu_us_a_second = 0;
  double packets_a_second = 0;
  double packet_bytes_a_second = 0;
};

struct live_report {
  double start_s = 0;  // until all of ours listened
  std::size_t whole_views = 0;
  double whole_views_s = -1;  // after the last join was asked for; -1: not all
  std::size_t whole_serf_views = 0;
  std::size_t join_retries = 0;
  double joining_cpu_us = -1;  // a member-second, until all views were whole
  double settle_s = -1;        // then, until only probes were sent; -1: not seen
  double quiet_s = 0;
  side_cost ours;
  std::optional<side_cost> serf;
  double resident_bytes_a_member = 0;  // after the quiet time
  double heap_bytes_a_member = 0;      // of them in use
  double serf_resident_bytes_a_member = 0;
  double wrong_failures_before = 0;  // told by ours before anything happened
  judgement after;
  bool is_complete = true;  // false: it was stopped
  double machine_load = 0;  // at the end
};

std::string to_text(const live_options& options, const live_report& report);
std::string to_json(const live_options& options, const live_report& report);

}  // namespace troupe::gossip_scale
