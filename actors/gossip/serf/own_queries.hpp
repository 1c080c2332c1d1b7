// The queries this member asked and still waits for: who acknowledged, who answered, until when.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/gossip/serf/query_buffer.hpp"
#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

// Who wants the answers.
enum class query_purpose : std::uint8_t { application, keyring, name_conflict };

struct own_query {
  query_ticket ticket;
  query_id id;
  query_purpose purpose = query_purpose::application;
  time_point until;
  std::size_t answers_max = 0;  // acks, and responses; more are an attack
};

class own_queries {
 public:
  // `message` is the query as bytes, told from `now` on. No other query of this member has that
  // time. False if too many wait.
  bool add(lamport_time ltime, own_query query, std::string message, time_point now);

  // What an ack or response of `from` is good for: the query, if it is one's own, open, and the
  // first of its kind of that member.
  std::optional<own_query> take_ack(lamport_time ltime, query_id id, const std::string& from);
  std::optional<own_query> take_response(lamport_time ltime, query_id id, const std::string& from);

  // Ends one early.
  void finish(query_ticket ticket);
  // Those whose time is over; they are gone then.
  std::vector<own_query> take_expired(time_point now);
  // The messages that are to be told once more: at a quarter, a half and three quarters of the
  // time. Gossip misses a member now and then (in a pool of five, one query of 200); who has heard
  // a query drops it.
  std::vector<std::string> take_repeats(time_point now);
  std::optional<time_point> next_deadline() const;
  std::size_t size() const { return open_.size(); }

 private:
  struct waiting {
    own_query query;
    std::set<std::string> acks;
    std::set<std::string> responses;
    std::string message;
    nanoseconds repeat_interval{0};
    time_point repeat_at;
  };
  waiting* find(lamport_time ltime, query_id id);
  static std::optional<own_query> take(const own_query& query, std::set<std::string>& heard,
                                       const std::string& from);

  std::map<lamport_time, waiting> open_;
};

}  // namespace troupe::actors::gossip::serf
