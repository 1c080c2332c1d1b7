// A small open-addressing map from member numbers to values: one array, no allocation per entry,
// erased without tombstones. Order of iteration is the array's: do not let behaviour depend on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

template <class Value>
class number_map {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory_bytes() const { return cells_.capacity() * sizeof(cell); }

  // Asks for the memory of small ones; others would need a key.
  void fetch() const { __builtin_prefetch(cells_.data()); }

  const Value* find(member_number key) const {
    if (size_ == 0)
      return nullptr;
    for (auto at = home(key);; at = next(at)) {
      if (cells_[at].key == key)
        return &cells_[at].value;
      if (cells_[at].key == no_member)
        return nullptr;
    }
  }
  Value* find(member_number key) {
    return const_cast<Value*>(static_cast<const number_map&>(*this).find(key));
  }

  // The value of this key, made if there is none. Valid until the next change of the map.
  Value& at_or_made(member_number key) {
    if (auto* found = find(key))
      return *found;
    if ((size_ + 1) * 4 > cells_.size() * 3)
      grow();
    ++size_;
    auto& free = cells_[free_cell(key)];
    free.key = key;
    free.value = Value{};
    return free.value;
  }

  void erase(member_number key) {
    if (size_ == 0)
      return;
    auto hole = home(key);
    while (cells_[hole].key != key) {
      if (cells_[hole].key == no_member)
        return;
      hole = next(hole);
    }
    --size_;
    // Entries behind move up so that none is cut off from its home.
    for (auto at = next(hole); cells_[at].key != no_member; at = next(at)) {
      const auto wanted = home(cells_[at].key);
      if (((at - wanted) & mask()) >= ((at - hole) & mask())) {
        cells_[hole] = std::move(cells_[at]);
        hole = at;
      }
    }
    cells_[hole] = cell{};
  }

  // visit(member_number, Value&)
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const auto& each : cells_)
      if (each.key != no_member)
        visit(each.key, each.value);
  }
  template <class Visitor>
  void for_each(Visitor visit) {
    for (auto& each : cells_)
      if (each.key != no_member)
        visit(each.key, each.value);
  }

 private:
  struct cell {
    member_number key = no_member;
    Value value{};
  };

  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::size_t home(member_number key) const {
    // Fibonacci hashing: neighbours spread.
    return static_cast<std::size_t>((key.value * 0x9e3779b97f4a7c15ULL) >> 32) & mask();
  }
  std::size_t free_cell(member_number key) const {
    auto at = home(key);
    while (cells_[at].key != no_member)
      at = next(at);
    return at;
  }
  void grow() {
    std::vector<cell> old(cells_.empty() ? 4 : cells_.size() * 2);
    old.swap(cells_);
    for (auto& each : old)
      if (each.key != no_member)
        cells_[free_cell(each.key)] = std::move(each);
  }

  std::vector<cell> cells_;  // a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace troupe::actors::gossip::swim
