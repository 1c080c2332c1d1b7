// The latest user events of this agent, and who waits for another one. Pure.
//
// Events have no log index. What a list gives as its index is made of its newest event's id, and a
// blocking list waits as long as that is the index it was asked with: neither is an order.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/event.pb.h"
#include "messages/limits.hpp"
#include "messages/result.hpp"

namespace troupe::actors::events {

using time_point = std::chrono::steady_clock::time_point;

// Both halves of the UUID, as numbers, xor each other; 1 for what is no UUID.
std::uint64_t index_of_event(std::string_view id);

struct wait_id {
  std::uint64_t value = 0;

  bool operator==(const wait_id&) const = default;
};

class kept_events {
 public:
  // Of more than kept_events_max the oldest is forgotten. Returns whose wait ends by it.
  std::vector<wait_id> add(messages::AgentEvent event);

  // Of one name, or of all. meta.index is never 0.
  messages::AgentEvents list(const std::string& name) const;

  // Fails with errc::too_many_requests beyond waiting_event_lists_max.
  struct waiting {
    std::string name;
    std::uint64_t index = 0;   // ends once the list has another
    std::uint64_t ticket = 0;  // 0: cannot be cancelled
    time_point deadline;
  };
  messages::result<wait_id> wait(waiting who);
  const waiting& waits(wait_id id) const { return waiting_.at(id.value); }
  void remove(wait_id id) { waiting_.erase(id.value); }
  std::optional<wait_id> find(std::uint64_t ticket) const;
  std::vector<wait_id> due(time_point now) const;
  std::optional<time_point> next_deadline() const;

 private:
  std::uint64_t index_of(const std::string& name) const;

  std::deque<messages::AgentEvent> events_;  // oldest first
  std::map<std::uint64_t, waiting> waiting_;
  std::uint64_t last_wait_ = 0;
};

}  // namespace troupe::actors::events
