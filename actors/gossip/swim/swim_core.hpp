// SWIM with Lifeguard for one member, as a pure state machine.
//
// The core does no I/O, reads no clock, knows no bytes and draws random numbers only from the
// generator it is given: equal inputs give equal outputs. It never decides what a member means to
// anybody. One turn:
//
//   1. feed it        on_...(), merge(), update_self(), leave() or tick(); several if at hand
//   2. take_output()  and carry it out as swim_output says
//
// SWIM: Das, Gupta, Motivala, DSN 2002. Lifeguard: Dadgar, Phillips, Currey, arXiv 1707.00788.
// Where memberlist of today differs from the papers, it is followed, and the paper by a setting.
//
// A member is spoken of by its number in the member_directory. What the core holds it has acquired
// there; numbers in an input and in an output need to be good only until the output is carried out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "actors/gossip/swim/broadcast_queue.hpp"
#include "actors/gossip/swim/flap_damping.hpp"
#include "actors/gossip/swim/growth_pace.hpp"
#include "actors/gossip/swim/join_storm.hpp"
#include "actors/gossip/swim/local_health.hpp"
#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/swim/member_table.hpp"
#include "actors/gossip/swim/own_ear.hpp"
#include "actors/gossip/swim/probe_order.hpp"
#include "actors/gossip/swim/suspicion_timers.hpp"
#include "actors/gossip/swim/swim_settings.hpp"
#include "actors/gossip/swim/swim_types.hpp"
#include "messages/result.hpp"

namespace troupe::actors::gossip::swim {

// -- output ----------------------------------------------------------------------

// A datagram: the primary message first, then updates, then what the layer above has for `room`.
struct packet {
  address to;  // `where` is set always
  primary_message primary;
  // updates[first_update, first_update + update_count) of the output, in this order.
  std::uint32_t first_update = 0;
  std::uint32_t update_count = 0;
  // Bytes left for user messages: each takes its length and compound_part_bytes + 1 (its type
  // byte). Of the budget nothing else is to be taken off: label, encryption and compound header
  // are.
  std::uint32_t room = 0;
  // At most so many user messages, for a compound holds compound_parts_max.
  std::uint32_t user_messages_max = 0;
  // Addressed by the target's record: carries a checksum if that speaks protocol 5. The others go
  // without.
  bool by_record = false;

  // A gossip packet that stays without updates and user messages is not sent.
  bool is_gossip() const { return std::holds_alternative<std::monostate>(primary); }
};

enum class event_kind : std::uint8_t {
  joined,     // new, or back from dead or left; of oneself once, first
  updated,    // its meta changed
  suspected,  // may be wrong; for counting and showing only
  trusted,    // was suspected, refuted
  failed,     // dead
  left,
  forgotten,  // out of the table: its number may be given out again after this output
};

struct member_event {
  event_kind kind = event_kind::joined;
  member_number about = no_member;
  incarnation_number incarnation;
  identity_number before = no_identity;  // no_identity: not known before
  identity_number after = no_identity;
};

// Another address claims the name of a member that is alive, suspected or not long enough dead. The
// claim was ignored.
struct name_conflict {
  member_number about = no_member;  // may be oneself
  identity_number known = no_identity;
  identity_number claimed = no_identity;
};

// Ping this member over a stream; answered in time: on_stream_ping_answered(). Silence and failure
// need no report.
struct stream_ping {
  sequence_number sequence;
  address target;
  time_point deadline;
};

struct swim_output {
  std::vector<packet> packets;  // at once, in any order: loss and reordering are harmless
  std::vector<update> updates;  // what the packets carry
  std::vector<stream_ping> stream_pings;
  // Exchange a push/pull without join: send for_each_member(), merge() the answer. Failure needs no
  // report.
  std::vector<address> push_pulls;
  bool held_answers_due = false;     // push/pulls whose answers wait are to be answered now
  std::vector<member_event> events;  // in order
  std::vector<name_conflict> conflicts;
  bool leave_told =
      false;  // once after leave(): it was sent out its number of times, or nobody is there

  void clear();
};

// -- what it tells of itself -------------------------------------------------------

// Only ever grow.
struct swim_counters {
  std::uint64_t probes = 0;
  std::uint64_t failed_probes = 0;
  std::uint64_t indirect_pings = 0;  // asked of others
  std::uint64_t stream_rescues = 0;  // probes that only the stream ping answered
  std::uint64_t suspicions = 0;      // started here or heard of first
  std::uint64_t refutations = 0;
  std::uint64_t refused =
      0;  // alive messages the filter refused, or for which the table had no room
  std::uint64_t unknown =
      0;  // acks and nacks nobody waits for, pings for others, updates about unknown
  std::uint64_t forwards_shed = 0;  // indirect pings beyond limits::gossip_forwards_max
  std::uint64_t merges_refused = 0;
  std::uint64_t own_pings = 0;  // before an accusation or a death
  std::uint64_t held_out = 0;   // alive messages of members that are held out
};

// An ack that came while only the direct ping was out: its round trip may feed coordinates.
struct timely_ack {
  member_number from = no_member;
  nanoseconds round_trip{0};
};

class swim_core {
 public:
  struct needs {
    member_directory& directory;  // must outlive the core, as must `random`
    prng& random;
    // Asked before an identity is taken, about members and oneself alike: false refuses it. Empty:
    // all are welcome. It must not call the core.
    std::function<bool(member_number, identity_number)> is_welcome;
    // For simulations of many members: what all know at the start. Empty for an agent.
    std::shared_ptr<const base_view> base;
    // For them, too: where to put output, which all may share, for each is carried out at once and
    // memory that is used all the time is fast. Null: its own.
    swim_output* output = nullptr;
  };

  // The settings are valid. Starts alone, at incarnation 1, its own alive waiting to be told.
  swim_core(std::shared_ptr<const swim_settings> settings, member_number self,
            identity_number identity, needs what, time_point now);
  ~swim_core();
  swim_core(const swim_core&) = delete;
  swim_core& operator=(const swim_core&) = delete;

  // -- inputs: packets -------------------------------------------------------

  void on_ping(const ping& message);
  void on_indirect_ping(const indirect_ping& message, time_point now);
  std::optional<timely_ack> on_ack(sequence_number sequence, time_point now);
  void on_nack(sequence_number sequence);
  // The shell drops suspect and dead about a name the directory does not know.
  void on_update(const update& message, time_point now);
  // The packet with this ping could not be sent. far_side: the error is of the target's making
  // (refused, unreachable), so the round goes on with indirect pings; else it ends.
  void on_ping_not_sent(sequence_number sequence, bool far_side, time_point now);

  // -- inputs: streams ----------------------------------------------------------

  // The other side's records, of either role. Fails with errc::bad_request if some version is
  // outside what all alive ones understand; then nothing was taken. Returns how many members were
  // new.
  messages::result<std::uint32_t> merge(std::span<const remote_record> records, time_point now);
  // Another asked, and what it sent was merged: whether its answer waits for held_answers_due.
  bool holds_answer(std::uint32_t learned, time_point now);
  // The answer to a stream_ping came before its deadline.
  void on_stream_ping_answered(sequence_number sequence);

  // -- inputs: this node ----------------------------------------------------------

  // Announces another identity of this member (new meta).
  void update_self(identity_number identity, time_point now);
  // Tells the pool that this member leaves; swim_output::leave_told follows. It goes on answering.
  // A second call does nothing.
  void leave(time_point now);
  // Whether the layer above has something for gossip packets: without, and with nothing of its own,
  // the core does not wake for gossip.
  void set_user_messages_waiting(bool waiting, time_point now);
  // While nothing can be sent, gossip waits: else news would use up their sends on packets that
  // pile up.
  void hold_gossip(bool held) { gossip_held_ = held; }
  // While a ping waits to be sent, so does the round.
  void hold_probe(bool held) { probe_held_ = held; }
  // Bytes that ack payloads take; 0: nil.
  void set_ack_payload_bytes(std::size_t bytes) { ack_payload_bytes_ = bytes; }
  // Bytes of a datagram that label and encryption take: 2 + the label's length, and 29 (version 1)
  // or 45.
  void set_packet_overhead(std::size_t bytes) { packet_overhead_ = bytes; }
  // More bytes than a packet holds that may go into one, for the shell knows how to make them
  // fewer.
  void set_packet_extra(std::size_t bytes) { packet_extra_ = bytes; }
  // Does what is due.
  void tick(time_point now);

  // -- output -----------------------------------------------------------------

  // Swaps the output since the last call into `into`, whose memory is used again.
  void take_output(swim_output& into);
  // The output where it stands; the caller clears it when it is carried out.
  swim_output& output();
  // tick() is due no later than this. May move earlier with every input.
  time_point next_deadline() const;

  // -- what it knows ------------------------------------------------------------

  member_number self() const { return self_; }
  // Unknown members give a record of state unknown.
  const member_record& record(member_number member) const { return table_.at(member); }
  const member_counts& counts() const { return table_.counts(); }
  const member_table& table() const { return table_; }
  // visit(member_number, const member_record&) for all known members, oneself too: what a push/pull
  // sends.
  template <class Visitor>
  void for_each_member(Visitor visit) const {
    table_.for_each(visit);
  }
  // 0: healthy.
  int health_score() const { return health_.score(); }
  bool is_leaving() const { return leaving_; }
  std::size_t queued_broadcasts() const { return queue_.size(); }
  std::size_t running_suspicions() const { return suspicions_.size(); }
  const swim_counters& counters() const { return counters_; }
  const swim_settings& settings() const { return settings_; }

  // -- for simulations of many members, which wait for memory mostly ---------------------

  // Asks for what most inputs touch first; and, once that is here, for what it points to.
  void fetch() const;
  void fetch_parts() const;

 private:
  // The probe under way (SWIM 3.1).
  struct probe_round {
    sequence_number sequence;
    member_number target = no_member;
    incarnation_number known;  // the target's as the round began: what a failure accuses
    bool is_running = false;
    bool asked_others = false;
    bool stream_answered = false;
    bool is_of_held_out = false;  // it is dead and is to show that it could come back
    int nacks_expected = 0;
    int nacks = 0;
    time_point sent;
    time_point direct_due;  // then others are asked
    time_point round_due;   // then it failed
  };
  // A ping made for another member.
  struct forward {
    sequence_number sequence;  // of our ping
    sequence_number asked_sequence;
    address asker;
    bool nack_due = false;
    time_point nack_at;
    time_point expires;
  };

  struct spoken_versions {
    version_range protocol;
    version_range delegate;

    bool operator==(const spoken_versions&) const = default;
  };

  // -- swim_core_probe.cpp ------------------------------------------------------

  void listen(time_point now);
  time_point next_decision() const;
  std::optional<member_number> next_to_probe(time_point now);
  bool is_to_probe(member_number member, time_point now) const;
  void start_probe(member_number target, time_point now);
  void send_ping();
  void ask_others();
  void finish_probe(time_point now);
  void finish_probe_of_held_out(time_point now);
  void end_probe(int health_delta);
  void tick_probe(time_point now);
  void tick_forwards(time_point now);
  void forget_old_dead(time_point now);
  nanoseconds stretched(nanoseconds base) const;

  // -- swim_core_rules.cpp: alive, suspect, dead ----------------------------------

  void on_alive(const update& message, time_point now);
  void on_suspect(const update& message, time_point now);
  void on_dead(const update& message, time_point now);
  bool is_acceptable(const update& message);
  bool is_same_address(identity_number a, identity_number b) const;
  bool is_same_announcement(identity_number a, identity_number b) const;
  bool may_change_address(const member_record& known, time_point now) const;
  void on_alive_about_self(const update& message, time_point now);
  void take_alive(const update& message, const member_record& known, time_point now);
  bool is_held_out(const update& message, const member_record& known, time_point now);
  void start_suspicion(const update& message, identity_number identity, time_point now);
  void refute(const update& accusation, time_point now);
  void announce_self(incarnation_number incarnation, identity_number identity, time_point now);
  void tick_suspicions(time_point now);
  void accuse(member_number target, incarnation_number known, time_point now);
  void prolong_hold(const update& message, time_point now);
  bool is_of_held_out(const update& accusation, time_point now);
  std::uint32_t unknown_among(std::span<const remote_record> records) const;
  void merge_record(const remote_record& record, time_point now);
  void tell(const update& message, time_point now, int sends = 0);
  void note(event_kind kind, member_number about, identity_number before, identity_number after);

  // -- swim_core_versions.cpp -------------------------------------------------------

  spoken_versions versions_of(identity_number identity) const;
  bool versions_agree(std::span<const remote_record> records);
  void heed_versions(identity_number identity);
  void find_common_versions();

  // -- swim_core_packets.cpp --------------------------------------------------------

  address address_of(member_number member) const;
  void send(const address& to, const primary_message& primary, std::size_t primary_bytes);
  void fill(packet& made, std::size_t bytes_taken);
  std::size_t room_beside(std::size_t bytes) const;
  std::size_t bytes_of_ping(const ping& message) const;
  void send_with_news(const address& to, const primary_message& primary, std::size_t primary_bytes,
                      const update& news);
  void send_indirect_ping(const address& helper, const indirect_ping& message);
  void gossip(time_point now);
  void push_pull(time_point now);
  void hasten_push_pull(time_point now);
  nanoseconds push_pull_interval() const;
  int sends_max(std::uint32_t members) const;
  void align_gossip(time_point now);
  void note_leave_told();
  // `wanted` members for which is_wanted(member, record) holds, drawn at random, each once; fewer
  // only if there are no more.
  template <class Predicate>
  void draw_members(std::size_t wanted, Predicate is_wanted);

  // What every input touches comes first: a simulation of many members waits for memory mostly.
  const std::shared_ptr<const swim_settings> shared_settings_;
  const swim_settings& settings_;
  swim_output* output_;  // collected since the last take_output()
  member_number self_;
  sequence_number sequence_;
  time_point next_probe_;
  time_point next_gossip_;
  time_point next_push_pull_;
  local_health health_;
  own_ear ear_;
  bool user_messages_waiting_ = false;
  bool gossip_held_ = false;
  bool probe_held_ = false;
  bool is_merging_ = false;
  bool leaving_ = false;
  bool leave_is_told_ = false;
  suspicion_timers suspicions_;
  probe_round round_;
  std::vector<forward> forwards_;  // in order of time
  member_table table_;
  broadcast_queue queue_;
  probe_order order_;
  std::size_t ack_payload_bytes_ = 0;
  std::size_t packet_overhead_ = 0;
  std::size_t packet_extra_ = 0;
  member_directory& directory_;
  prng& random_;

  std::vector<member_number> drawn_;
  flap_damping damping_;
  growth_pace growth_;
  join_storm storm_;
  int bulk_sends_ = 0;  // what is new in this merge counts as told so often
  std::optional<spoken_versions> common_versions_;  // of all known members; none: to be found
  std::function<bool(member_number, identity_number)> is_welcome_;
  std::unique_ptr<swim_output> own_output_;
  swim_counters counters_;
};

template <class Predicate>
void swim_core::draw_members(std::size_t wanted, Predicate is_wanted) {
  drawn_.clear();
  if (table_.counts().known() <= 1)
    return;  // alone; numbers may go far beyond, where a directory is shared
  const auto end = table_.numbers_end();
  const auto draw = [&] { return static_cast<std::uint32_t>(((random_() >> 32) * end) >> 32); };
  const auto consider = [&](member_number candidate) {
    if (candidate != self_ && is_wanted(candidate, table_.at(candidate)) &&
        std::find(drawn_.begin(), drawn_.end(), candidate) == drawn_.end())
      drawn_.push_back(candidate);
  };
  for (std::size_t tries = 3 * std::size_t{end}; tries > 0 && drawn_.size() < wanted; --tries)
    consider({draw()});
  // In a small pool luck is not enough, and a helper less is a false suspicion more. (memberlist
  // leaves it at that.)
  const auto start = end == 0 ? 0 : draw();
  for (std::uint32_t i = 0; i < end && drawn_.size() < wanted; ++i)
    consider({(start + i) % end});
}

}  // namespace troupe::actors::gossip::swim
