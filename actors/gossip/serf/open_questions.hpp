// The queries that the application of this member may still answer: where each answer goes, and
// until when. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "actors/gossip/serf/query_buffer.hpp"
#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

// Who asked, and how it is answered.
struct query_origin {
  lamport_time ltime;
  query_id id;
  endpoint where;
  std::string source_node;
  std::uint8_t relay_factor = 0;
  time_point until;
};

class open_questions {
 public:
  // If too many are open, the one that ends first goes.
  question_ticket add(query_origin origin);
  std::optional<query_origin> find(question_ticket ticket) const;
  void close(question_ticket ticket);
  void drop_expired(time_point now);
  std::optional<time_point> next_deadline() const;
  std::size_t size() const { return open_.size(); }

 private:
  std::map<question_ticket, query_origin> open_;
  std::multimap<time_point, question_ticket> by_end_;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace troupe::actors::gossip::serf
