// The serf layer of one pool member, as a pure state machine: which members are there and why they
// went, user events, queries, keyring operations, coordinates, on top of a failure detector
// (swim_core) that carries its bytes.
//
// The core does no I/O, reads no clock and draws random numbers only from the generator it is
// given: equal inputs give equal outputs. One turn:
//
//   1. feed it           inputs below; several if at hand
//   2. take_output()     and carry it out as serf_output says
//   3. take_broadcasts() whenever a packet to another member has room left
//
// Every byte string that comes from outside may be hostile: what does not decode is counted and
// dropped. It never calls swim_core: the glue does what the output asks for.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/gossip/serf/coordinate.hpp"
#include "actors/gossip/serf/member_snapshot.hpp"
#include "actors/gossip/serf/serf_settings.hpp"
#include "actors/gossip/serf/serf_types.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip {
class keyring;
}

namespace troupe::actors::gossip::serf {

// What the shell owes the core after some inputs.
struct serf_output {
  // -- to other members --------------------------------------------------
  std::vector<direct_message> direct;      // user messages, sent at once by packet
  std::vector<join_target> joins_to_try;   // push/pull with join; failure needs no report
  std::optional<std::string> update_meta;  // swim_core: announce this as own meta
  bool leave_swim = false;                 // swim_core: leave; then on_swim_left()

  // -- to the application --------------------------------------------------
  std::vector<member_event> member_events;  // in order
  std::vector<user_event> user_events;      // in order, each once
  std::vector<question> questions;          // to be answered by answer(), or not
  std::vector<query_ack> acks;              // of own queries
  std::vector<query_response> responses;
  std::vector<query_ticket> finished_queries;  // their time is over; nothing more comes
  std::vector<keyring_reply> keyring_replies;
  bool left = false;           // the leave has propagated: the member may stop
  bool lost_own_name = false;  // stop without leaving: the pool knows another one by this name
  std::vector<std::string> warnings;  // for the log; bounded

  // -- to the disk -----------------------------------------------------------
  // The key file's new contents (JSON, mode 0600); then on_key_file_written() with this number.
  // Written in order. Never to be logged.
  struct key_file {
    key_write_number number;
    std::string contents;
  };
  std::vector<key_file> key_files;
  // Append to the snapshot, or, if `snapshot_rewrite` is set, replace it by that (which already
  // holds the lines to append). Loss of either is harmless.
  std::string snapshot_append;
  std::optional<std::string> snapshot_rewrite;
};

// For `serf_lan` and `serf_wan` of /v1/agent/self.
struct serf_stats {
  std::size_t members = 0;
  std::size_t failed = 0;
  std::size_t left = 0;
  lamport_time member_time;
  lamport_time event_time;
  lamport_time query_time;
  std::size_t intent_queue = 0;
  std::size_t event_queue = 0;
  std::size_t query_queue = 0;
  std::size_t coordinate_resets = 0;
};

// What came and was not taken. Only ever grows.
struct serf_counters {
  std::uint64_t undecodable = 0;    // messages and states
  std::uint64_t unknown_types = 0;  // serf message types not known here
  std::uint64_t old_events = 0;     // user events behind the buffer
  std::uint64_t old_queries = 0;
  std::uint64_t unknown_responses = 0;  // to no query of ours, or too late
  std::uint64_t relays_refused = 0;     // not a response inside, or too large
  std::uint64_t coordinates_refused = 0;
  std::uint64_t dropped_broadcasts = 0;  // a queue was full
  std::uint64_t flaps = 0;               // failed and back within flap_timeout
};

class serf_core {
 public:
  // The settings are valid; `where` is this member's advertised endpoint. `ring` is null if
  // encryption is off; it and `random` must outlive the core. `recovered`: what the snapshot held.
  struct needs {
    prng& random;
    keyring* ring = nullptr;
    recovered_snapshot recovered;
  };
  serf_core(serf_settings settings, const swim_member& self, const needs& what, time_point now);
  ~serf_core();
  serf_core(serf_core&&) = delete;

  // -- from swim_core ------------------------------------------------------

  // Joined: new, or back from dead or left. The member itself joins first.
  void on_member_joined(shared_member who, time_point now);
  // Address, meta or versions changed.
  void on_member_updated(shared_member who, time_point now);
  // Dead and left alike: only an intent tells them apart.
  void on_member_gone(std::string_view name, time_point now);
  // Another address claims a live member's name.
  void on_name_conflict(const swim_member& known, const swim_member& other, time_point now);
  // swim_core's leave is told, or its timeout is over.
  void on_swim_left(time_point now);
  // A packet's ack to a direct probe of `name` came within its probe timeout.
  void on_ack(std::string_view name, std::string_view payload, nanoseconds rtt);

  // -- from the wire -------------------------------------------------------

  // The body of a user message, from a packet or a stream.
  void on_user_message(std::string_view message, time_point now);
  struct merge_kind {
    bool is_join = false;
    bool ignore_old_events = false;  // this member asked for the join so
  };
  void on_push_pull_state(std::string_view state, merge_kind kind, time_point now);
  // A join of ours reached at least one member: tells the pool.
  void on_join_succeeded(time_point now);

  // -- commands ------------------------------------------------------------

  // Fails with errc::conflict if a leave is under way or done.
  messages::result<void> leave(time_point now);
  // A failed member counts as left from now on; `prune`: is forgotten. No error if unknown: the
  // intent is told all the same.
  void force_leave(std::string_view name, bool prune, time_point now);
  // Fails with errc::too_large; the detail is serf's text.
  messages::result<lamport_time> fire_event(std::string_view name, std::string_view payload,
                                            bool coalesce, time_point now);
  // Fails with errc::too_large, errc::bad_request (relay factor, regular expression) or
  // errc::too_many_requests.
  messages::result<query_ticket> ask(const query_request& request, time_point now);
  // Fails with errc::not_found (no such question, or answered), errc::timed_out, errc::too_large.
  messages::result<void> answer(question_ticket ticket, std::string_view payload, time_point now);
  // Asks all members, this one too. Fails as ask(), or errc::bad_request for a bad key.
  messages::result<keyring_ticket> ask_keyring(const keyring_request& request, time_point now);
  // `error` is for people; empty if the file is durable.
  void on_key_file_written(key_write_number number, const std::string& error, time_point now);
  // Fails with errc::too_large if the tags' encoding is over 512 bytes.
  messages::result<void> set_tags(tag_map tags);
  // Does what is due.
  void tick(time_point now);

  // -- output ---------------------------------------------------------------

  [[nodiscard]] serf_output take_output(time_point now);
  // tick() is due no later than this.
  time_point next_deadline() const;
  // User messages (bodies, without the type byte of a user message) that fit into `room` bytes if
  // each takes `overhead` more than its length: intents, then queries, then events. Counts them as
  // sent once more. Allocates nothing if there is none.
  std::vector<std::string> take_broadcasts(std::size_t room, std::size_t overhead, time_point now);
  // The user state for a push/pull.
  std::string push_pull_state() const;
  // The payload of an ack; empty if coordinates are off.
  const std::string& ack_payload() const;

  // -- what it knows -----------------------------------------------------------

  std::vector<member> members() const;  // by name
  std::optional<member> find(std::string_view name) const;
  // The meta to start swim_core with.
  const std::string& own_meta() const;
  const coordinate& own_coordinate() const;
  // By name: this member's own and, if the settings keep them, the others'.
  std::map<std::string, coordinate, std::less<>> coordinates() const;
  // Whom to try a join at after a restart, in random order, until one works; empty if the snapshot
  // said leave, or held nobody.
  const std::vector<join_target>& rejoin_targets() const;
  serf_stats stats() const;
  serf_counters counters() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace troupe::actors::gossip::serf
