// What happens next in virtual time, those of one moment in the order they were put in, so that
// equal seeds make equal runs. A heap of small events, and before it the next few in order, so that
// the memory they will need can be asked for while earlier ones happen. (A calendar of slots was
// slower: its slots are colder than the heap's top.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::gossip_scale {

struct event {
  std::int64_t at_ns = 0;
  std::uint64_t order = 0;
  std::uint32_t kind = 0;
  std::uint32_t subject = 0;

  bool is_before(const event& other) const {
    return at_ns != other.at_ns ? at_ns < other.at_ns : order < other.order;
  }
};

// Four children a node: half the levels of a binary heap, and children in one or two cache lines.
class event_heap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const event& front() const { return heap_.front(); }

  void push(const event& made) {
    auto hole = heap_.size();
    heap_.push_back(made);
    while (hole > 0 && made.is_before(heap_[parent(hole)])) {
      heap_[hole] = heap_[parent(hole)];
      hole = parent(hole);
    }
    heap_[hole] = made;
  }

  event pop() {
    const auto first = heap_.front();
    const auto last = heap_.back();
    heap_.pop_back();
    if (heap_.empty())
      return first;
    std::size_t hole = 0;
    for (auto child = earliest_child(hole); child < heap_.size() && heap_[child].is_before(last);
         child = earliest_child(hole)) {
      heap_[hole] = heap_[child];
      hole = child;
    }
    heap_[hole] = last;
    return first;
  }

 private:
  static constexpr std::size_t fan_out = 4;

  static std::size_t parent(std::size_t at) { return (at - 1) / fan_out; }
  // size() if there is none.
  std::size_t earliest_child(std::size_t at) const {
    const auto first = at * fan_out + 1;
    auto best = first;
    for (auto child = first + 1; child < first + fan_out && child < heap_.size(); ++child)
      if (heap_[child].is_before(heap_[best]))
        best = child;
    return best < heap_.size() ? best : heap_.size();
  }

  std::vector<event> heap_;
};

class event_queue {
 public:
  // So many events are looked at before they happen.
  static constexpr std::size_t ahead = 16;

  bool empty() const { return count_ == 0; }
  const event& front() const { return next_[first_]; }

  void push(std::int64_t at_ns, std::uint32_t kind, std::uint32_t subject) {
    const event made{at_ns, ++order_, kind, subject};
    if (count_ == ahead) {
      if (!made.is_before(at(count_ - 1)))
        return rest_.push(made);
      rest_.push(at(--count_));
    }
    auto hole = count_++;
    for (; hole > 0 && made.is_before(at(hole - 1)); --hole)
      at(hole) = at(hole - 1);
    at(hole) = made;
  }

  event pop() {
    const auto first = next_[first_];
    first_ = (first_ + 1) % ahead;
    --count_;
    if (!rest_.empty())
      at(count_++) = rest_.pop();
    return first;
  }

  // The event that happens after `before` others, as far as is known: more may come in between.
  // Null: there is none, or it is further than that.
  const event* upcoming(std::size_t before) const {
    return before < count_ ? &next_[(first_ + before) % ahead] : nullptr;
  }

 private:
  event& at(std::size_t position) { return next_[(first_ + position) % ahead]; }

  std::array<event, ahead> next_;  // a ring; full while there is a rest, none of which is earlier
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  event_heap rest_;
  std::uint64_t order_ = 0;
};

}  // namespace troupe::gossip_scale
