#include "actors/raft/raft_metrics.hpp"

namespace troupe::actors::raft {

using kind = messages::Command::KindCase;

raft_metrics::raft_metrics(metrics_registry& all)
    : applies(all.counter({"raft.apply"}, "Commands appended to the log by the leader.")),
      commit_time(all.sample({"raft.commitTime"},
                             "Time from a command's append to its commitment, in milliseconds.")),
      log_write_time(all.sample({"raft.leader.dispatchLog"},
                                "Time to make a batch of entries durable, in milliseconds.")),
      log_write_entries(
          all.sample({"raft.leader.dispatchNumLogs"}, "Entries made durable in one batch.")),
      follower_write_time(all.sample({"raft.rpc.appendEntries.storeLogs"},
                                     "Time to make a leader's entries durable, in milliseconds.")),
      apply_batch_time(all.sample({"raft.fsm.applyBatch"},
                                  "Time to apply a batch of entries, in milliseconds.")),
      apply_batch_entries(all.sample({"raft.fsm.applyBatchNum"}, "Entries applied in one batch.")),
      became_leader(all.counter({"raft.state.leader"}, "Elections won.")),
      became_candidate(all.counter({"raft.state.candidate"}, "Elections begun.")),
      became_follower(all.counter({"raft.state.follower"}, "Times this server began to follow.")),
      is_leader(all.gauge({"server.isLeader"}, "Whether this server leads: 0 or 1.")),
      applied_index(all.gauge({"raft.applied_index"}, "Index of the last entry applied.")),
      last_index(all.gauge({"raft.last_index"}, "Index of the last entry in the log.")),
      kv_(all.sample({"kvs.apply"}, "Time of a key's write, in milliseconds.")),
      txn_(all.sample({"txn.apply"}, "Time of a transaction's write, in milliseconds.")),
      register_(all.sample({"catalog.register"}, "Time of a registration, in milliseconds.")),
      deregister_(all.sample({"catalog.deregister"}, "Time of a deregistration, in milliseconds.")),
      session_(all.sample({"session.apply"}, "Time of a session's write, in milliseconds.")) {}

sample_metric* raft_metrics::time_of(kind of) const {
  switch (of) {
    case kind::kKv:
      return &kv_;
    case kind::kTxn:
      return &txn_;
    case kind::kRegister:
      return &register_;
    case kind::kDeregister:
      return &deregister_;
    case kind::kSessionCreate:
    case kind::kSessionDestroy:
      return &session_;
    default:
      return nullptr;
  }
}

}  // namespace troupe::actors::raft
