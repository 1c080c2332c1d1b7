// The queries of the last Lamport times, so that each is handled once. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "actors/gossip/serf/serf_types.hpp"

namespace troupe::actors::gossip::serf {

// Names a query in its Lamport time; drawn at random.
using query_id = messages::named<struct query_id_tag, std::uint32_t>;

class query_buffer {
 public:
  // `min`: queries of an earlier time are old.
  explicit query_buffer(lamport_time min) : min_(min) {}

  enum class verdict : std::uint8_t { fresh, known, old, full };
  // Witnesses the query's time and remembers the query if it is fresh.
  verdict take(lamport_time ltime, query_id id);

  lamport_clock& clock() { return clock_; }
  const lamport_clock& clock() const { return clock_; }

 private:
  struct slot {
    lamport_time ltime;
    std::vector<query_id> ids;
  };

  lamport_clock clock_;
  lamport_time min_;
  std::map<std::size_t, slot> slots_;  // by time modulo limits::event_buffer_slots
};

}  // namespace troupe::actors::gossip::serf
