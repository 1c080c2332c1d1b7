// When a read may be answered from this server's state (Ongaro's dissertation, section 6.4).
//
// decide() says for one read whether it may be served at once. read_gate keeps those that may not:
// they gather into rounds; a round asks the raft_peer for a read index and lets its reads go once
// that index is applied here. A read never joins a round that is under way already, for the round's
// index may be older than a write that was acknowledged before the read began.
//
// Pure: no clock, no messages; the actor around it carries rounds out.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "messages/common.pb.h"
#include "messages/ids.hpp"
#include "messages/result.hpp"

namespace troupe::actors::reads {

using time_point = std::chrono::steady_clock::time_point;

// What the leadership says at the moment of the decision.
struct read_facts {
  bool lease_valid = false;
  bool leader_known = false;
  std::chrono::milliseconds last_contact{0};
  std::uint64_t applied_index = 0;
};

enum class read_route : std::uint8_t {
  serve,           // from the transaction that was begun before the facts were looked at
  confirm,         // after a read index
  always_confirm,  // after a read index that a round of the peers has confirmed
};

struct read_decision {
  read_route route = read_route::serve;
  messages::Consistency consistency = messages::LEADER;  // how the answer is in effect
};

read_decision decide(const messages::ReadOptions& options, const read_facts& facts);

using read_id = messages::named<struct read_tag, std::uint64_t>;

class read_gate {
 public:
  struct round {
    bool always_confirm = false;
  };

  // A round's index must be applied within `patience`.
  read_gate(std::size_t reads_max, std::chrono::nanoseconds patience)
      : reads_max_(reads_max), patience_(patience) {}

  // Fails with errc::unavailable if reads_max are waiting.
  messages::result<void> wait(read_id id, bool always_confirm);
  // The round to ask for now, if none is under way and somebody waits. Then answered() or refused()
  // follows.
  std::optional<round> start_round();
  void answered(messages::log_index read_index, time_point now);
  // Whoever waited for the round under way; they are forgotten.
  std::vector<read_id> refused();

  // Whoever may be served now that `applied` is; they are forgotten.
  std::vector<read_id> released_by(messages::log_index applied);
  // Whoever waited too long for an index to be applied; they are forgotten.
  std::vector<read_id> expired(time_point now);
  std::optional<time_point> next_deadline() const;
  // Everybody; for the end of the actor.
  std::vector<read_id> all();
  std::size_t size() const { return size_; }

 private:
  struct confirmed_round {
    messages::log_index read_index;
    time_point deadline;
    std::vector<read_id> reads;
  };

  std::vector<read_id> taken(std::vector<read_id> reads);

  std::size_t reads_max_;
  std::chrono::nanoseconds patience_;
  std::size_t size_ = 0;
  bool under_way_ = false;
  bool gathering_always_ = false;
  std::vector<read_id> gathering_;
  std::vector<read_id> asked_;
  std::deque<confirmed_round> confirmed_;  // deadlines ascend
};

}  // namespace troupe::actors::reads
