// What serf_core is made of: the parts, and the steps that need more than one of them. Only its own
// sources include this.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/gossip/serf/coordinate_client.hpp"
#include "actors/gossip/serf/event_buffer.hpp"
#include "actors/gossip/serf/key_operations.hpp"
#include "actors/gossip/serf/member_states.hpp"
#include "actors/gossip/serf/name_vote.hpp"
#include "actors/gossip/serf/open_questions.hpp"
#include "actors/gossip/serf/own_queries.hpp"
#include "actors/gossip/serf/payload_queue.hpp"
#include "actors/gossip/serf/query_buffer.hpp"
#include "actors/gossip/serf/serf_core.hpp"
#include "actors/gossip/wire/serf_messages.hpp"

namespace troupe::actors::gossip::serf {

// A leave goes through these in order.
enum class leave_phase : std::uint8_t {
  staying,
  telling,       // the intent is being sent
  leaving_swim,  // swim_core tells that it goes
  propagating,   // others spread it; we still answer
  left,
};

struct serf_core::state {
  state(serf_settings wanted, const swim_member& own, const needs& what, time_point now);

  // -- serf_core_members.cpp -----------------------------------------------

  // True if it was news, to be told on as it came.
  bool on_leave_intent(const wire::leave_intent& intent, time_point now);
  bool on_join_intent(const wire::join_intent& intent, time_point now);
  void broadcast_join(time_point now);
  void advance_leave(time_point now);
  // A leave intent that overtook, or came by a push/pull from one who did not know of the return,
  // leaves a live member "leaving" here for good: its own join is no newer. Told of it, it speaks
  // up.
  void ask_overdue_leavers(time_point now);
  bool has_other_alive_members() const;
  void look_at_tags(const swim_member& who);
  // Moves what the members' states tell into the output.
  void take_member_events();
  void merge_members(const wire::push_pull_state& theirs, time_point now);

  // -- serf_core_events.cpp ------------------------------------------------

  bool on_user_event(const wire::user_event& event);
  void merge_events(const wire::push_pull_state& theirs);

  // -- serf_core_queries.cpp -----------------------------------------------

  messages::result<query_ticket> ask(const query_request& request, query_purpose purpose,
                                     time_point now);
  bool on_query(const wire::query& query, time_point now);
  void on_query_response(const wire::query_response& response);
  void on_relay(const wire::relay& relay);
  // Sends it to who asked, and through relays if that was wanted. Fails with errc::too_large.
  messages::result<void> respond(const query_origin& origin, std::uint32_t flags,
                                 std::string_view payload);
  void repeat_queries(time_point now);
  void end_queries(time_point now);
  nanoseconds default_query_timeout() const;

  // -- serf_core_internal_queries.cpp ----------------------------------------

  // Queries that never reach the application.
  void on_internal_query(const wire::query& query, const query_origin& origin);
  void on_conflict_query(std::string_view name, const query_origin& origin);
  void on_key_query(keyring_operation operation, std::string_view payload,
                    const query_origin& origin);
  void answer_key_query(key_answer answer, const query_origin& origin);
  void on_vote(std::string_view payload);
  void end_vote();
  void on_key_answer(const own_query& query, std::string_view from, std::string_view payload);
  void end_keyring_query(query_ticket ticket);

  // -- serf_core.cpp ----------------------------------------------------------

  void broadcast(payload_queue& queue, std::string_view payload);
  void warn(std::string text);

  const serf_settings settings;
  swim_member self;
  tag_map own_tags;
  prng& random;
  keyring* const ring;

  lamport_clock clock;
  member_states members;
  event_buffer events;
  query_buffer queries;
  own_queries asked;
  open_questions questions;
  payload_queue intent_queue;
  payload_queue query_queue;
  payload_queue event_queue;

  coordinate_client place;
  std::map<std::string, coordinate, std::less<>> other_places;  // if they are kept
  std::string place_payload;  // of acks; renewed when `place` moves

  leave_phase leaving = leave_phase::staying;
  payload_number leave_number;  // of the intent in its queue, while telling
  time_point leave_due;

  std::map<query_ticket, keyring_reply> keyring_replies;
  std::optional<std::pair<query_ticket, name_vote>> vote;
  struct key_write {
    query_origin origin;
    key_answer answer;
  };
  std::map<key_write_number, key_write> key_writes;  // their answers wait for the disk
  std::uint64_t last_key_write = 0;
  std::uint64_t last_query_ticket = 0;

  time_point reap_due;
  time_point reconnect_due;
  std::vector<join_target> rejoin;
  std::optional<member_snapshot> snapshot;  // none is kept
  serf_counters counts;
  serf_output output;  // collected since the last take_output()
};

}  // namespace troupe::actors::gossip::serf
