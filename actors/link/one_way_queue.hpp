// Messages that nobody answers (Raft's, cancellations): a few in flight, so many more waiting, and
// beyond that the oldest is dropped. The other node confirms what has come, so one that does not
// read costs bounded memory. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::link {

struct one_way_options {
  std::size_t in_flight_max = messages::limits::link_one_way_in_flight_max;
  std::size_t in_flight_bytes_max = messages::limits::link_one_way_in_flight_bytes_max;
  std::size_t queued_max = messages::limits::link_one_way_queue_max;
  std::size_t queued_bytes_max = messages::limits::link_one_way_queue_bytes_max;
};

template <class Held>
class one_way_queue {
 public:
  explicit one_way_queue(one_way_options options) : options_(options) {}

  // How many older ones had to go for it.
  std::size_t push(Held held, std::size_t bytes) {
    std::size_t dropped = 0;
    queue_.emplace_back(std::move(held), bytes);
    queued_bytes_ += bytes;
    while (queue_.size() > options_.queued_max ||
           (queue_.size() > 1 && queued_bytes_ > options_.queued_bytes_max)) {
      queued_bytes_ -= queue_.front().second;
      queue_.pop_front();
      ++dropped;
    }
    return dropped;
  }

  // The next one that may be sent now, with its size, to be given back to on_confirmed(). One alone
  // may be larger than all in flight together.
  std::optional<std::pair<Held, std::size_t>> next() {
    if (queue_.empty() || in_flight_ >= options_.in_flight_max)
      return std::nullopt;
    const auto bytes = queue_.front().second;
    if (in_flight_ > 0 && in_flight_bytes_ + bytes > options_.in_flight_bytes_max)
      return std::nullopt;
    std::optional chosen(std::move(queue_.front()));
    queue_.pop_front();
    queued_bytes_ -= bytes;
    ++in_flight_;
    in_flight_bytes_ += bytes;
    return chosen;
  }

  void on_confirmed(std::size_t bytes) {
    messages::ensure(in_flight_ > 0 && in_flight_bytes_ >= bytes);
    --in_flight_;
    in_flight_bytes_ -= bytes;
  }

  // The connection is gone, and with it all of them; how many that were.
  std::size_t clear() {
    const auto lost = queue_.size() + in_flight_;
    queue_.clear();
    queued_bytes_ = in_flight_ = in_flight_bytes_ = 0;
    return lost;
  }

  std::size_t in_flight() const { return in_flight_; }
  std::size_t queued() const { return queue_.size(); }
  std::size_t queued_bytes() const { return queued_bytes_; }

 private:
  one_way_options options_;
  std::deque<std::pair<Held, std::size_t>> queue_;
  std::size_t queued_bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t in_flight_bytes_ = 0;
};

}  // namespace troupe::actors::link
