// A vector in segments that stay where they are. What grows to a thousand items in each of a
// thousand members must not leave behind, each time, what it has outgrown: that lies free between
// what is in use, and a process never gets smaller by it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace troupe::actors::gossip {

// References hold until the item is popped. SegmentItems: a power of two.
template <class T, std::size_t SegmentItems>
class segmented_vector {
  static_assert((SegmentItems & (SegmentItems - 1)) == 0);

 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory_bytes() const {
    return segments_.size() * sizeof(segment) + segments_.capacity() * sizeof(segments_[0]);
  }

  T& operator[](std::size_t at) { return (*segments_[at / SegmentItems])[at % SegmentItems]; }
  const T& operator[](std::size_t at) const {
    return (*segments_[at / SegmentItems])[at % SegmentItems];
  }
  T& back() { return (*this)[size_ - 1]; }

  T& push_back(T made) {
    grow_to(size_ + 1);
    return back() = std::move(made);
  }
  void pop_back() {
    back() = T{};
    --size_;
    if (size_ % SegmentItems == 0)
      segments_.pop_back();
  }
  // Of default values; if there are as many, nothing happens.
  void grow_to(std::size_t size) {
    while (segments_.size() * SegmentItems < size)
      segments_.push_back(std::make_unique<segment>());
    size_ = std::max(size_, size);
  }

  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    const_iterator() = default;
    const_iterator(const segmented_vector& of, std::size_t at) : of_(&of), at_(at) {}
    const T& operator*() const { return (*of_)[at_]; }
    const_iterator& operator++() {
      ++at_;
      return *this;
    }
    const_iterator operator++(int) {
      const auto before = *this;
      ++at_;
      return before;
    }
    bool operator==(const const_iterator& other) const { return at_ == other.at_; }

   private:
    const segmented_vector* of_ = nullptr;
    std::size_t at_ = 0;
  };
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size_}; }

 private:
  using segment = std::array<T, SegmentItems>;

  std::vector<std::unique_ptr<segment>> segments_;
  std::size_t size_ = 0;
};

}  // namespace troupe::actors::gossip
