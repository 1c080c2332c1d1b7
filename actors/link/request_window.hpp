// The requests under way to one other node: so many in flight, some more waiting their turn, the
// rest refused; each with a deadline. Blocking queries, which wait at the other side by nature,
// have a number of their own and never take a place of the window. Pure; `Held` is whatever the
// shell needs to send the request and to answer it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/link/link_core.hpp"
#include "messages/ids.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

using request_ticket = messages::named<struct request_ticket_tag, std::uint64_t>;

struct request_window_options {
  std::size_t in_flight_max = messages::limits::link_window_requests;
  std::size_t queued_max = messages::limits::link_queue_requests_max;
  std::size_t queued_bytes_max = messages::limits::link_queue_bytes_max;
  std::size_t blocking_max = messages::limits::link_blocking_queries_max;
};

// What the window must know of a request.
struct request_shape {
  std::size_t bytes = 0;
  bool blocking = false;
  time_point deadline;
};

template <class Held>
class request_window {
 public:
  explicit request_window(request_window_options options) : options_(options) {}

  // Takes `held`, or nothing: there is no room, and it is untouched.
  std::optional<request_ticket> admit(Held& held, const request_shape& shape) {
    if (shape.blocking ? blocking_ >= options_.blocking_max : !has_room_to_queue(shape.bytes))
      return std::nullopt;
    const request_ticket ticket{++last_ticket_};
    (shape.blocking ? blocking_ : queued_) += 1;
    queued_bytes_ += shape.blocking ? 0 : shape.bytes;
    (shape.blocking ? blocking_turn_ : turn_).push_back(ticket);
    deadlines_.emplace(shape.deadline, ticket);
    entries_.emplace(ticket.value, entry{std::move(held), shape, false});
    return ticket;
  }

  // The next request that may be sent now; it counts as in flight from here on.
  std::optional<std::pair<request_ticket, Held*>> next() {
    if (auto found = pop(blocking_turn_))
      return found;
    return in_flight_ < options_.in_flight_max ? pop(turn_) : std::nullopt;
  }

  // Answered, or its sender is gone.
  std::optional<Held> finish(request_ticket ticket) {
    const auto found = entries_.find(ticket.value);
    if (found == entries_.end())
      return std::nullopt;
    auto& done = found->second;
    forget(done);
    deadlines_.erase({done.shape.deadline, ticket});
    std::optional<Held> held(std::move(done.held));
    entries_.erase(found);
    return held;
  }

  // Those whose time is over, longest first.
  std::vector<std::pair<request_ticket, Held>> expire(time_point now) {
    std::vector<std::pair<request_ticket, Held>> late;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const auto ticket = deadlines_.begin()->second;
      late.emplace_back(ticket, std::move(*finish(ticket)));
    }
    return late;
  }

  // All of them, and none is left.
  struct drained {
    Held held;
    bool sent;
  };
  std::vector<drained> drain() {
    std::vector<drained> all;
    all.reserve(entries_.size());
    for (const auto& [deadline, ticket] : deadlines_) {
      auto& one = entries_.at(ticket.value);
      all.push_back({std::move(one.held), one.sent});
    }
    entries_.clear();
    deadlines_.clear();
    turn_.clear();
    blocking_turn_.clear();
    in_flight_ = queued_ = queued_bytes_ = blocking_ = 0;
    return all;
  }

  time_point next_deadline() const {
    return deadlines_.empty() ? time_point::max() : deadlines_.begin()->first;
  }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t queued() const { return queued_; }
  std::size_t blocking() const { return blocking_; }

 private:
  struct entry {
    Held held;
    request_shape shape;
    bool sent;
  };

  // What the window takes at once needs no place in the queue.
  bool has_room_to_queue(std::size_t bytes) const {
    const auto all = in_flight_ + queued_;
    return all < options_.in_flight_max || (all < options_.in_flight_max + options_.queued_max &&
                                            queued_bytes_ + bytes <= options_.queued_bytes_max);
  }

  std::optional<std::pair<request_ticket, Held*>> pop(std::deque<request_ticket>& turn) {
    while (!turn.empty()) {
      const auto ticket = turn.front();
      turn.pop_front();
      const auto found = entries_.find(ticket.value);
      if (found == entries_.end())
        continue;  // expired while it waited
      auto& chosen = found->second;
      chosen.sent = true;
      if (!chosen.shape.blocking) {
        --queued_;
        queued_bytes_ -= chosen.shape.bytes;
        ++in_flight_;
      }
      return std::pair(ticket, &chosen.held);
    }
    return std::nullopt;
  }

  void forget(const entry& done) {
    if (done.shape.blocking) {
      --blocking_;
    } else if (done.sent) {
      --in_flight_;
    } else {
      --queued_;
      queued_bytes_ -= done.shape.bytes;
    }
  }

  request_window_options options_;
  std::unordered_map<std::uint64_t, entry> entries_;
  std::set<std::pair<time_point, request_ticket>> deadlines_;
  // Tickets of those not sent yet; one that is gone by then is passed over.
  std::deque<request_ticket> turn_;
  std::deque<request_ticket> blocking_turn_;
  std::size_t in_flight_ = 0;  // without the blocking ones
  std::size_t queued_ = 0;     // likewise
  std::size_t queued_bytes_ = 0;
  std::size_t blocking_ = 0;  // waiting and in flight
  std::uint64_t last_ticket_ = 0;
};

}  // namespace troupe::actors::link
