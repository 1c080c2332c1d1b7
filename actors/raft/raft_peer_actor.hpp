// One server's part in the agreement: feeds raft_core and carries out what it asks for. Owns the
// promises given to proposals and reads; never waits for a disk and never touches the state.
//
// Batches form by themselves: what comes while a log write is under way goes into the next one, and
// what is committed while a batch is applied is applied with the next one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <caf/actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "actors/raft/raft_core.hpp"
#include "actors/raft/raft_metrics.hpp"
#include "actors/raft/snapshot_mover_actor.hpp"
#include "actors/runtime/leadership.hpp"
#include "storage/raft_log.hpp"

namespace troupe::actors::raft {

struct raft_peer_needs {
  raft_options options;
  std::shared_ptr<const storage::raft_log> keeps_open;  // what `log` reads
  storage::raft_log_reader log;                         // for this actor's thread alone
  std::uint64_t random_seed = 0;
  log_writer_actor log_writer;
  installing_state_machine_actor state_machine;
  snapshot_mover_actor snapshot_mover;
  leadership* shared = nullptr;  // outlives the actor
  // Brings a message to the server it is for, or drops it. Called on this actor's thread; must not
  // wait.
  std::function<void(m::RaftMessage&&)> send_to_server;
  // The raft_peer of another server, for what only the leader knows; null: there are no others.
  std::function<std::optional<raft_peer_actor>(const std::string& id)> find_server = {};
  nanoseconds hold_timeout = messages::limits::rpc_hold_timeout;
  metrics_registry* metrics = &process_metrics();
};

struct raft_peer_state {
  using pointer = raft_servers_actor::stateful_pointer<raft_peer_state>;

  explicit raft_peer_state(pointer self) : self_(self) {}

  raft_servers_actor::behavior_type start(raft_peer_needs&& needs);

  static inline const char* name = "raft_peer";

 private:
  using propose_promise = caf::typed_response_promise<m::CommandResult>;
  using read_promise = caf::typed_response_promise<m::ReadIndexReply>;

  struct held_proposal {  // until a leader is known
    std::string command;
    propose_promise promise;
    time_point deadline;
    sample_metric* measure = nullptr;
    time_point since{};
  };
  struct logged_proposal {
    log_position position;
    propose_promise promise;
    sample_metric* measure;  // of the command's kind; may be null
    time_point since;
    time_point appended;
  };
  struct read {
    bool always_confirm;
    read_promise promise;
    time_point deadline;
    bool forwarded = false;   // another server asks, which believes that this one leads
    time_point not_before{};  // the leader is asked again
  };

  using change_promise = caf::typed_response_promise<m::RaftServersChanged>;
  using transfer_promise = caf::typed_response_promise<m::RaftLeadershipTransferred>;
  struct server_change {
    m::RaftServer server;  // as it is to be
    bool removes = false;
    change_promise promise;
    time_point deadline;
  };
  struct installation {
    reception_number reception;
    log_position snapshot;
  };

  void on_raft_message(const m::RaftMessage& message);
  caf::result<m::CommandResult> on_propose(const m::Propose& request);
  caf::result<m::ReadIndexReply> on_read_index(const m::ReadIndexQuery& query);
  m::RaftStatus on_status_query() const;
  void on_subscribe();
  void on_tick();

  // -- raft_peer_actor_servers.cpp: servers come and go, snapshots -----------
  caf::result<m::BootstrapPromise> on_promise(const m::PromiseBootstrap& request);
  caf::result<m::RaftServersChanged> on_bootstrap(const m::BootstrapRaft& request);
  caf::result<m::RaftServersChanged> on_add_server(const m::AddRaftServer& request);
  caf::result<m::RaftServersChanged> on_remove_server(const m::RemoveRaftServer& request);
  caf::result<m::RaftLeadershipTransferred> on_transfer(const m::TransferRaftLeadership& request);
  caf::result<m::RaftServersChanged> await_change(server_change wanted);
  std::optional<messages::result<m::RaftServersChanged>> outcome_of(const server_change& wanted);
  void settle_changes();
  void settle_transfers();
  void read_piece(wanted_piece wanted);
  void store_piece(received_piece piece);
  void on_piece_stored(reception_number reception, bool is_last, log_position snapshot);
  void install_when_quiet();
  void on_installed(const m::SnapshotInstalled& installed);
  void on_piece_failed(reception_number reception);

  // -- raft_peer_actor.cpp ----------------------------------------------------
  void propose(held_proposal wanted);
  void ask_read(read wanted);
  void ask_leader(const std::string& leader, read wanted);
  void flush_soon();
  void carry_out();
  void write(raft_output&& output);
  void on_written(write_number number, const std::vector<m::RaftMessage>& messages);
  void apply_next();
  void on_applied(const m::Applied& applied, const std::vector<log_position>& batch);
  void answer_reads(raft_output& output);
  void answer_applied_reads();
  void serve_held();
  void expire_held();
  void publish_lease();
  void publish();
  void measure_commits(messages::log_index from, messages::log_index upto);
  void measure_write(int entries, nanoseconds time);
  void measure_role(const raft_status& status);
  void tell_subscribers(const raft_status& status);
  void fail_proposals();
  void arm_timer();
  time_point now() const;

  pointer self_;
  std::optional<raft_peer_needs> needs_;
  std::optional<prng> random_;
  std::optional<raft_core> core_;
  std::optional<raft_metrics> metrics_;

  bool writing_ = false;
  std::optional<raft_output> next_write_;
  bool applying_ = false;
  messages::log_index applied_;
  messages::log_index committed_;  // to be applied

  std::deque<held_proposal> held_proposals_;
  std::deque<logged_proposal> proposals_;  // not applied yet; indexes ascend
  std::deque<read> held_reads_;
  std::map<std::uint64_t, read> reads_;                           // by ticket
  std::multimap<messages::log_index, read_promise> ready_reads_;  // once this is applied
  std::uint64_t last_ticket_ = 0;

  std::string promised_to_;  // the server that may begin the datacenter until then
  time_point promised_until_{};

  std::vector<server_change> changes_;
  std::vector<transfer_promise> transfers_;
  std::optional<installation> to_install_;  // once nothing is written or applied any more

  std::vector<caf::actor> subscribers_;
  raft_status published_;
  bool flush_queued_ = false;
  time_point timer_due_ = time_point::max();
};

// To be spawned detached.
raft_servers_actor::behavior_type raft_peer(raft_peer_state::pointer self,
                                            const std::shared_ptr<raft_peer_needs>& needs);

}  // namespace troupe::actors::raft
