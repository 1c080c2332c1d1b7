// This process as gauges: its memory and its version. The values are taken when they are about to
// be shown.
#pragma once

#include "actors/runtime/metrics.hpp"

namespace troupe::actors {

class process_gauges {
 public:
  explicit process_gauges(metrics_registry& metrics);

  void update();

 private:
  gauge_metric& allocated_;
  gauge_metric& from_system_;
  gauge_metric& resident_;
};

}  // namespace troupe::actors
