// What was counted, as operators read it: under whole names, in go-metrics' shape or in
// Prometheus' text format. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/runtime/metrics.hpp"
#include "messages/metrics.pb.h"

namespace troupe::actors {

// The configuration's `telemetry`.
struct metrics_naming {
  std::string prefix = "consul";
  std::string host = {};  // stands in the names of gauges, behind the prefix; empty: nothing does
  // Whole names begin with these; the longest that fits decides, and where none does the default.
  bool shows_others = true;
  std::vector<std::string> shown = {};
  std::vector<std::string> hidden = {};
};

bool is_shown(std::string_view whole_name, const metrics_naming& naming);

// Of an interval of limits::metrics_interval.
messages::AgentMetrics to_report(const metrics_reading& interval, const metrics_naming& naming);

// Of totals. Text format version 0.0.4: every series once, those of one name together.
std::string to_prometheus(const metrics_reading& totals, const metrics_naming& naming);

}  // namespace troupe::actors
