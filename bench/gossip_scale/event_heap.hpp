// What happens next in virtual time: a heap of small events, those of one moment in the order they
// were put in, so that equal seeds make equal runs.
#pragma once

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

  void push(std::int64_t at_ns, std::uint32_t kind, std::uint32_t subject) {
    const event made{at_ns, ++order_, kind, subject};
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
  std::uint64_t order_ = 0;
};

}  // namespace troupe::gossip_scale
