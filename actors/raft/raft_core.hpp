// Raft consensus for one server, as a pure state machine.
//
// The core does no I/O, reads no clock and draws random numbers only from the generator it is
// given: equal inputs give equal outputs, so a failing run is replayed from its seed. One turn:
//
//   1. feed it        receive(), propose(), read_index(), tick() or on_persisted(); several if at
//                     hand
//   2. take_output()  and carry it out as raft_output says
//
// Names follow Ongaro's dissertation; section numbers refer to it. Not in it: taking snapshots and
// cutting the log (5.1), which each server does when it likes; a snapshot's bytes, which the shell
// reads and stores.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/raft/cached_log.hpp"
#include "actors/raft/configuration_history.hpp"
#include "actors/raft/follower_progress.hpp"
#include "actors/raft/raft_options.hpp"
#include "messages/ids.hpp"
#include "messages/raft.pb.h"
#include "messages/result.hpp"
#include "storage/log_view.hpp"

namespace troupe::actors::raft {

// Names a read to whoever asked for it.
using read_ticket = messages::named<struct read_ticket_tag, std::uint64_t>;
// Names a write to the disk; each is larger than those before it.
using write_number = messages::named<struct write_number_tag, std::uint64_t>;

struct ready_read {
  read_ticket ticket;
  messages::log_index index;  // serve it once this is applied
};

// A piece of the newest snapshot is to be read and sent: `message` lacks only what stands in the
// snapshot (last_index, last_term, data, done). Offset 0 chooses the snapshot; the pieces behind it
// are of the same file. Whatever cannot be read is not sent: the core asks again.
struct wanted_piece {
  std::uint64_t offset = 0;
  messages::RaftMessage message;
};

// Names the reception of one snapshot; each is larger than those before it.
using reception_number = messages::named<struct reception_number_tag, std::uint64_t>;

// A piece of a snapshot came: store it at its offset (0 begins a new file), then call
// on_piece_stored(). The last piece: then put the snapshot in place of log and state, durably and
// with nothing applied meanwhile, and call on_snapshot_installed() instead. What fails, or is no
// whole snapshot, is told by on_piece_failed(); then log and state are as they were.
struct received_piece {
  reception_number reception;
  std::uint64_t offset = 0;
  std::string data;
  bool is_last = false;
  log_position snapshot;
};

// What the shell owes the core after some inputs.
struct raft_output {
  // At once, in any order: loss and reordering are harmless.
  std::vector<messages::RaftMessage> messages_now;
  std::optional<messages::log_index> newly_committed;  // apply up to here; durable on this server
  std::vector<ready_read> reads_ready;
  std::vector<read_ticket> reads_failed;  // this server leads no longer
  std::vector<wanted_piece> wanted_pieces;
  std::optional<received_piece> piece;

  // If must_persist(): make both durable, then send the messages, then call on_persisted(). Writes
  // are done in order; some may be made one, then only the last number is reported. A crash between
  // any two of these steps is safe.
  std::optional<messages::HardState> hard_state;
  std::vector<messages::LogEntry> appended;  // replace what the log holds from the first one on
  std::vector<messages::RaftMessage> messages_once_durable;
  write_number number;

  bool must_persist() const {
    return hard_state || !appended.empty() || !messages_once_durable.empty();
  }
  // Joins a later output's write to this one, so that one commit does for both.
  void join_write(raft_output&& later);
};

// Puts entries behind those of a write that has not begun; what they replace there goes.
void append_replacing(std::vector<messages::LogEntry>& entries, messages::LogEntry entry);

class raft_core {
 public:
  // `log` holds what is durable, and `stored` is the hard state that is. Neither `log` nor `random`
  // may go before the core. The options are valid.
  raft_core(raft_options options, messages::HardState stored, const storage::log_view& log,
            prng& random, time_point now);

  // -- inputs ------------------------------------------------------------

  void receive(const messages::RaftMessage& message, time_point now);
  void tick(time_point now);
  // This write, and all before it, is durable.
  void on_persisted(write_number number, time_point now);

  // What became of a raft_output.piece. What is late, because another snapshot came, is ignored.
  void on_piece_stored(reception_number reception);
  // Log and state are the snapshot's, durably. `servers` stood in it, set by the entry at
  // `servers_index`.
  void on_snapshot_installed(log_position snapshot, messages::RaftConfiguration servers,
                             messages::log_index servers_index);
  // The leader will begin anew.
  void on_piece_failed(reception_number reception);

  // Appends an entry with this data. Fails with errc::not_leader, the detail being the leader's id
  // if one is known, errc::too_large, or errc::unavailable while the leadership is handed over.
  messages::result<messages::log_index> propose(std::string data, std::uint32_t format = 0);

  // Asks from which log index on a read is linearizable (6.4). The ticket comes back in a later
  // output. always_confirm: after a round of the peers even under a valid lease. Fails with
  // errc::not_leader, or errc::unavailable if too many wait.
  messages::result<void> read_index(read_ticket ticket, bool always_confirm, time_point now);

  // The servers that a fresh datacenter begins with. Fails with errc::conflict if this server knows
  // of any, or has a log. `stand_at_once`: without waiting for an election timeout.
  messages::result<void> bootstrap(messages::RaftConfiguration servers, time_point now,
                                   bool stand_at_once = false);

  // -- the servers, one at a time (4), and who leads (3.10) ----------------
  //
  // All fail with errc::not_leader as propose() does, errc::bad_request, or errc::unavailable if
  // another change is under way. Success means begun: it is done once configuration() says so and
  // configuration_index() is committed, and forgotten if the leadership is lost.

  // Adds a server, or changes its address or vote. A new voter first catches up without a vote
  // (4.2.1); given up, leaving a non-voter, if nothing is heard of it for a while.
  messages::result<void> add_server(const messages::RaftServer& server, time_point now);
  // Of a server that is not there: done already. A leader removes itself last: it steps down once
  // that is committed (4.2.2).
  messages::result<void> remove_server(const messages::server_id& id);
  // Unset: to the voter that is furthest. Given up after an election timeout (3.10).
  messages::result<void> transfer_leadership(const std::optional<messages::server_id>& to,
                                             time_point now);
  bool is_handing_over() const;
  // The server that is to become a voter once it has caught up.
  std::optional<messages::server_id> catching_up() const;

  // -- output ------------------------------------------------------------

  [[nodiscard]] raft_output take_output(time_point now);

  // tick() is due no later than this.
  time_point next_deadline() const;

  // -- what it knows -----------------------------------------------------

  raft_status status() const;
  // Until when this leader may answer reads on its own; min(): it may not. Reads must wait until
  // own_term_index() is applied: before that the state may lack what others acknowledged.
  time_point lease_until() const;
  // The first entry of a leader's own term; 0 if it does not lead.
  messages::log_index own_term_index() const;
  // When a message of the current leader last came.
  time_point last_leader_contact() const { return last_leader_contact_; }
  const messages::RaftConfiguration& configuration() const { return servers_.latest(); }
  messages::log_index configuration_index() const { return servers_.latest_index(); }
  // A snapshot is being put in place of log and state: nothing of either may be used.
  bool is_installing() const { return receiving_ && receiving_->installs; }
  const messages::server_id& self() const { return options_.self; }
  std::optional<messages::server_id> voted_for() const;
  const ignored_counters& ignored() const { return ignored_; }
  const cached_log& log() const { return log_; }

 private:
  struct follower {
    std::optional<messages::server_id> leader;
    time_point election_due;
  };
  struct candidate {
    bool pre_vote = true;  // 9.6: asks whether it could win, in the same term still
    std::set<std::string> granted;
    std::optional<write_number> own_vote;  // counts once this write is durable
    time_point election_due;
    bool by_transfer = false;
  };
  struct waiting_read {
    read_ticket ticket;
    messages::log_index index;
    std::uint64_t round;  // a quorum must echo this
  };
  struct handover {
    std::string to;
    time_point due;     // then it is given up
    bool told = false;  // from here on `to` may be elected at any time
  };
  struct catch_up {  // 4.2.1
    messages::RaftServer server;
    messages::log_index round_end;
    time_point round_since;
    bool is_done = false;
  };
  struct leader {
    std::map<std::string, follower_progress> peers;  // all servers but itself
    messages::log_index own_term_index;
    messages::log_index lease_from;  // no lease before this is committed
    time_point since;
    time_point heartbeat_due;
    bool heartbeat_wanted = true;  // with the next output
    std::uint64_t read_round = 0;
    std::vector<waiting_read> reads;  // rounds ascend
    std::uint64_t transfers = 0;      // of snapshots, begun
    std::optional<handover> handing_over;
    std::optional<catch_up> joining;
  };
  struct reception {  // of a snapshot
    reception_number number;
    std::string from;
    std::uint64_t term = 0;
    std::uint64_t transfer = 0;
    log_position snapshot;
    std::uint64_t next_offset = 0;
    std::uint64_t storing_bytes = 0;
    bool is_storing = false;  // the shell has a piece
    bool installs = false;    // that was the last one
  };
  struct write_under_way {
    write_number number;
    log_position last;
  };

  // -- raft_core.cpp: terms, votes ----------------------------------------

  void on_request_vote(const std::string& from, const messages::RequestVote& request,
                       time_point now);
  void on_vote_reply(const std::string& from, const messages::VoteReply& reply, time_point now);
  bool must_withhold_vote(time_point now) const;
  bool is_up_to_date(const messages::RequestVote& request) const;
  bool may_begin_with(const std::string& from) const;
  void adopt_term(std::uint64_t newer, time_point now);
  void become_follower(std::optional<messages::server_id> leader, time_point now);
  void on_timeout_now(const std::string& from, const messages::TimeoutNow& request, time_point now);
  void ask_for_votes(bool pre_vote, time_point now, bool by_transfer = false);
  void send_vote_requests(const candidate& stands);
  void count_votes(time_point now);
  void become_leader(time_point now);
  time_point draw_election_due(time_point now);
  time_point election_due() const;  // follower and candidate only

  // -- raft_core_follow.cpp: a follower's log ------------------------------

  void on_append_entries(const std::string& from, const messages::AppendEntries& request,
                         time_point now);
  void refuse(const std::string& to, const messages::AppendEntries& request);
  template <class Request, class Reply>
  void echo(const Request& request, Reply& reply) const;
  void accept_entries(const messages::AppendEntries& request);
  void truncate_from(messages::log_index index);
  void read_configurations();
  void note_configuration(const messages::LogEntry& entry);
  void heard_of_leader(const std::string& from, std::uint64_t term, time_point now);
  bool is_rival(std::uint64_t term) const;

  // -- raft_core_lead.cpp: a leader's followers and reads -------------------

  void on_append_reply(const std::string& from, const messages::AppendReply& reply, time_point now);
  follower_progress* answering(const std::string& from, std::uint64_t term, time_point now);
  messages::log_index next_to_try(const messages::AppendReply& reply) const;
  void append_own(messages::LogEntry::Kind kind, std::string data, std::uint32_t format);
  void replicate(time_point now);
  void send_entries(const std::string& to, follower_progress& progress, time_point now);
  void send_heartbeat(const std::string& to, follower_progress& progress, time_point now);
  messages::AppendEntries append_after(messages::log_index prev, time_point now) const;
  void advance_commit();
  time_point quorum_contact(bool echoes_only) const;
  std::uint64_t quorum_round() const;
  void release_reads();
  void fail_reads();

  // -- raft_core_install.cpp: snapshots (5) -----------------------------------

  void send_snapshot(const std::string& to, follower_progress& progress, time_point now);
  void on_install_snapshot_reply(const std::string& from,
                                 const messages::InstallSnapshotReply& reply, time_point now);
  void on_install_snapshot(const std::string& from, const messages::InstallSnapshot& request,
                           time_point now);
  void take_piece(const messages::InstallSnapshot& request);
  void answer_snapshot(const std::string& to, const messages::InstallSnapshot& request,
                       std::uint64_t next_offset, bool done);

  // -- raft_core_members.cpp: servers come and go, leadership is handed over -----

  messages::failure not_leader() const;
  messages::result<void> may_change_servers() const;
  void change_servers(messages::RaftConfiguration servers);
  void sync_peers();
  void advance_catch_up(const std::string& id, time_point now);
  void advance_servers(time_point now);
  void advance_handover();
  void tell_to_stand(const std::string& to);
  void give_up_handover();
  void step_down_if_removed(time_point now);
  std::string furthest_voter() const;

  // -- shared ----------------------------------------------------------------

  bool is_voter(const std::string& id) const;
  bool is_only_voter() const;
  void send_now(const std::string& to, messages::RaftMessage message);
  void send_once_durable(const std::string& to, messages::RaftMessage message);
  void save_hard_state();
  bool hard_state_is_durable() const;
  void commit_to(messages::log_index index);

  raft_options options_;
  prng& random_;
  cached_log log_;

  // Durable before any message that depends on it leaves this server.
  messages::HardState hard_state_;
  write_number hard_state_write_{};  // the last write with a hard state

  // Volatile.
  std::variant<follower, candidate, leader> role_;
  messages::log_index commit_index_;    // never decreases
  messages::log_index told_committed_;  // last newly_committed
  time_point last_leader_contact_;
  time_point withhold_votes_until_;  // a leader may count on an echo given before a restart
  configuration_history servers_;
  std::optional<reception> receiving_;
  messages::InstallSnapshot installing_request_;  // its last piece without the data: to be answered
  reception_number last_reception_{};

  write_number next_write_{1};
  write_number durable_write_{};
  std::vector<write_under_way> writes_;  // ascend
  raft_output output_;                   // collected since the last take_output()
  ignored_counters ignored_;
};

// Tells a leader that it is still followed, for its lease and its reads (6.4). A request of an
// earlier term shows nothing of the kind: its sender may lead again by now, in the term of our
// answer, and would count the echo as one of this time.
template <class Request, class Reply>
void raft_core::echo(const Request& request, Reply& reply) const {
  if (request.term() != hard_state_.term())
    return;
  reply.set_sent_at_ns(request.sent_at_ns());
  reply.set_read_round(request.read_round());
}

}  // namespace troupe::actors::raft
