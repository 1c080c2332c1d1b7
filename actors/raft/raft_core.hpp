// Raft consensus for one server, as a pure state machine.
//
// The core does no I/O, reads no clock and draws random numbers only from the generator it is
// given: equal inputs give equal outputs, so a failing run is replayed from its seed. One turn:
//
//   1. feed it        receive(), propose(), read_index(), tick() or on_persisted(); several if at
//                     hand
//   2. take_output()  and carry it out as raft_output says
//
// Names follow Ongaro's dissertation; section numbers refer to it. Snapshots over the network (5),
// membership changes (4) and the transfer of leadership (3.10) are not in it; their messages are
// counted and ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/raft/cached_log.hpp"
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

// What the shell owes the core after some inputs.
struct raft_output {
  // At once, in any order: loss and reordering are harmless.
  std::vector<messages::RaftMessage> messages_now;
  std::optional<messages::log_index> newly_committed;  // apply up to here; durable on this server
  std::vector<ready_read> reads_ready;
  std::vector<read_ticket> reads_failed;  // this server leads no longer

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

  // Appends an entry with this data. Fails with errc::not_leader, the detail being the leader's id
  // if one is known, or errc::too_large.
  messages::result<messages::log_index> propose(std::string data, std::uint32_t format = 0);

  // Asks from which log index on a read is linearizable (6.4). The ticket comes back in a later
  // output. always_confirm: after a round of the peers even under a valid lease. Fails with
  // errc::not_leader, or errc::unavailable if too many wait.
  messages::result<void> read_index(read_ticket ticket, bool always_confirm, time_point now);

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
  const messages::RaftConfiguration& configuration() const { return configuration_; }
  messages::log_index configuration_index() const { return configuration_index_; }
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
  };
  struct waiting_read {
    read_ticket ticket;
    messages::log_index index;
    std::uint64_t round;  // a quorum must echo this
  };
  struct leader {
    std::map<std::string, follower_progress> peers;  // all servers but itself
    messages::log_index own_term_index;
    time_point since;
    time_point heartbeat_due;
    bool heartbeat_wanted = true;  // with the next output
    std::uint64_t read_round = 0;
    std::vector<waiting_read> reads;  // rounds ascend
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
  void adopt_term(std::uint64_t newer, time_point now);
  void become_follower(std::optional<messages::server_id> leader, time_point now);
  void ask_for_votes(bool pre_vote, time_point now);
  void count_votes(time_point now);
  void become_leader(time_point now);
  time_point draw_election_due(time_point now);
  time_point election_due() const;  // follower and candidate only

  // -- raft_core_follow.cpp: a follower's log ------------------------------

  void on_append_entries(const std::string& from, const messages::AppendEntries& request,
                         time_point now);
  void refuse(const std::string& to, const messages::AppendEntries& request);
  void accept_entries(const messages::AppendEntries& request);
  void truncate_from(messages::log_index index);
  void read_configurations(messages::log_index from);
  void note_configuration(const messages::LogEntry& entry);

  // -- raft_core_lead.cpp: a leader's followers and reads -------------------

  void on_append_reply(const std::string& from, const messages::AppendReply& reply, time_point now);
  messages::log_index next_to_try(const messages::AppendReply& reply) const;
  void append_own(messages::LogEntry::Kind kind, std::string data, std::uint32_t format);
  void replicate(time_point now);
  void send_entries(const std::string& to, follower_progress& progress, time_point now);
  void send_heartbeat(const std::string& to, follower_progress& progress, time_point now);
  messages::AppendEntries append_after(messages::log_index prev, time_point now) const;
  void advance_commit();
  time_point quorum_contact() const;
  std::uint64_t quorum_round() const;
  void release_reads();
  void fail_reads();

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
  messages::RaftConfiguration configuration_;
  messages::log_index configuration_index_;
  std::vector<std::string> voters_;                 // of configuration_, sorted
  messages::RaftConfiguration base_configuration_;  // what a truncated configuration falls back to
  messages::log_index base_configuration_index_;

  write_number next_write_{1};
  write_number durable_write_{};
  std::vector<write_under_way> writes_;  // ascend
  raft_output output_;                   // collected since the last take_output()
  ignored_counters ignored_;
};

}  // namespace troupe::actors::raft
