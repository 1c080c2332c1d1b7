// One experiment: a pool, what is done to it, and what was seen. The words are the Lifeguard
// paper's (arXiv 1707.00788, V): an anomaly is a member that blocks before it sends and after it
// receives.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bench/gossip_scale/gossip_world.hpp"

namespace troupe::gossip_scale {

// Members that stand still together, once or again and again.
struct anomaly_plan {
  std::uint32_t members = 0;
  nanoseconds length{0};         // D
  nanoseconds interval{0};       // I, between two; 0: one anomaly only
  bool ends_when_whole = false;  // a single one: the run ends once all believe all alive again
  standstill kind = standstill::blocked_io;
};

struct scenario {
  std::uint32_t members = 128;
  swim::swim_settings settings;
  network_options network;
  // Members have such an agent's tags and coordinates, and what they send is weighed as they send
  // it.
  std::optional<agent_release> as_agents{};
  nanoseconds handling_time{0};                      // a member's, for each packet it receives
  nanoseconds quiesce = std::chrono::seconds{15};    // before anything is done
  nanoseconds duration = std::chrono::seconds{120};  // from then on
  anomaly_plan anomalies;
  std::uint32_t crashes = 0;  // all at once
  std::uint32_t leaves = 0;
  // So many members lose this part of what they receive.
  std::uint32_t lossy_members = 0;
  double lossy_inbound = 0;
  // So many members hear nothing for a period, then all for one, and so on.
  std::uint32_t flip_flop_members = 0;
  nanoseconds flip_flop_period = std::chrono::seconds{20};
  std::uint32_t one_way_links = 0;  // cut in one direction, drawn at random
  // So many members need so long for each packet they receive.
  std::uint32_t slow_members = 0;
  nanoseconds slow_handling_time{0};
  // One member crashes each interval, and is back, with all forgotten, three later; 0: none.
  nanoseconds churn_interval{0};
  // All others join through member 0 at the start, one after the other within join_time; nobody
  // knows anybody.
  bool bootstrap = false;
  nanoseconds join_time{0};
};

struct figures {
  std::uint64_t seed = 0;  // of the run
  // Seconds from a crash or an anomaly's beginning: until one other suspected it; until one knew;
  // until all healthy ones did.
  std::vector<double> first_suspicion_s;
  std::vector<double> first_detection_s;
  std::vector<double> full_dissemination_s;
  std::uint64_t undetected =
      0;  // crashes and single anomalies that nobody, or not everybody, noticed
  std::uint64_t false_positives = 0;  // failures announced of members to whom nothing was done
  std::uint64_t false_positives_at_healthy = 0;  // those announced by such members
  std::uint64_t suspicions = 0;
  std::uint64_t wrong_beliefs =
      0;  // pairs of running members, one not alive to the other, at the end
  // Bootstrap: until all knew all, from the last join; -1: never.
  double whole_views_s = -1;
  // Sizes that some member's view had at some full second.
  std::uint64_t distinct_view_sizes = 0;
  // Over time, in seconds. Bootstrap: the members whose view is whole, in percent; always: the
  // packets that a member sent in the second before.
  std::vector<std::pair<double, double>> whole_views;
  std::vector<std::pair<double, double>> packets_a_second;
  // Over time, of the pairs of a healthy member and a faulty one (lossy, flip-flop): those in which
  // the faulty one is out, in percent. Samples of all runs.
  std::vector<std::pair<double, double>> faulty_out;
  double virtual_s = 0;
  traffic total;

  void add(const figures& other);
  // The mean of faulty_out in that quarter of the run, 0 to 3; NaN if there is nobody faulty.
  double faulty_out_in_quarter(int quarter) const;
};

// The same seed gives the same figures. Ends early, with what there is, once `stop` is set.
// `share`, if there is one, says how much of it is done meanwhile, 0 to 1.
figures run(const scenario& what, std::uint64_t seed, const std::atomic<bool>& stop,
            std::atomic<double>* share = nullptr);

}  // namespace troupe::gossip_scale
