// What one gossip pool counts, under memberlist's and serf's names, each with the pool's network as
// a label.
#pragma once

#include <string>

#include "actors/gossip/serf/serf_core.hpp"
#include "actors/runtime/metrics.hpp"

namespace troupe::actors::gossip {

struct gossip_metrics {
  gossip_metrics(metrics_registry& all, const std::string& network);

  // A member that came, changed or went.
  void count(serf::member_event_kind kind) const;
  void set(const serf::serf_stats& stats) const;

  counter_metric& received_bytes;  // a count each is a packet
  counter_metric& sent_bytes;
  counter_metric& streams_accepted;
  counter_metric& streams_dialled;
  counter_metric& events;
  counter_metric& queries;
  gauge_metric& health_score;

 private:
  counter_metric& joined_;
  counter_metric& updated_;
  counter_metric& failed_;
  counter_metric& left_;
  counter_metric& reaped_;
  gauge_metric& alive_members_;
  gauge_metric& failed_members_;
  gauge_metric& left_members_;
};

}  // namespace troupe::actors::gossip
