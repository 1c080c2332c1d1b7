// What a server's part in the agreement counts and measures; shown as Consul shows it.
#pragma once

#include <string>

#include "actors/runtime/metrics.hpp"
#include "messages/command.pb.h"

namespace troupe::actors::raft {

struct raft_metrics {
  explicit raft_metrics(metrics_registry& all);

  // How long a command of this kind took, from its arrival at the leader to its answer; null: not
  // measured.
  sample_metric* time_of(messages::Command::KindCase kind) const;

  counter_metric& applies;
  sample_metric& commit_time;
  sample_metric& log_write_time;
  sample_metric& log_write_entries;
  sample_metric& follower_write_time;
  sample_metric& apply_batch_time;
  sample_metric& apply_batch_entries;
  counter_metric& became_leader;
  counter_metric& became_candidate;
  counter_metric& became_follower;
  gauge_metric& is_leader;
  gauge_metric& applied_index;
  gauge_metric& last_index;

 private:
  sample_metric& kv_;
  sample_metric& txn_;
  sample_metric& register_;
  sample_metric& deregister_;
  sample_metric& session_;
};

}  // namespace troupe::actors::raft
