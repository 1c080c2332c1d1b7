// Where in an array something stands, found by its hash: open addressing, 4 bytes a cell, for each
// member of a pool has one of all others. Knows nothing of what stands there: the caller compares,
// and says a place's hash again when cells move.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "messages/ensure.hpp"

namespace troupe::actors::gossip {

class place_index {
 public:
  using hash = std::uint32_t;  // all bits count
  using place = std::uint32_t;
  static constexpr place none = UINT32_MAX;
  static constexpr place places_end = (1U << 24) - 1;  // all places are below it

  // The place of this hash for which is_it(place); none if there is none.
  template <class Predicate>
  place find(hash wanted, Predicate is_it) const {
    if (cells_.empty())
      return none;
    for (auto at = home(wanted); cells_[at] != none; at = next(at))
      if (tag_of(cells_[at]) == tag(wanted) && is_it(place_of(cells_[at])))
        return place_of(cells_[at]);
    return none;
  }

  // hash_at(place) -> hash, of all that are in here.
  template <class Hashes>
  void add(hash of, place where, Hashes hash_at) {
    messages::ensure(where < places_end);
    if ((size_ + 1) * 4 > cells_.size() * 3)
      grow(hash_at);
    put(of, where);
    ++size_;
  }

  // What is in here at `from` stands at `to` now.
  void moved(hash of, place from, place to) { cells_[cell_of(of, from)] = cell(of, to); }

  template <class Hashes>
  void erase(hash of, place where, Hashes hash_at) {
    if (--size_ == 0)
      return clear();
    auto hole = cell_of(of, where);
    // Cells behind move up so that none is cut off from its home.
    for (auto at = next(hole); cells_[at] != none; at = next(at)) {
      const auto wanted = home(hash_at(place_of(cells_[at])));
      if (((at - wanted) & mask()) < ((at - hole) & mask()))
        continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = none;
  }

  void fetch() const { __builtin_prefetch(cells_.data()); }

 private:
  // The hash's highest 8 bits, which say of most others that they are not it, and the place.
  static std::uint32_t tag(hash of) { return of >> 24; }
  static std::uint32_t cell(hash of, place where) { return tag(of) << 24 | where; }
  static std::uint32_t tag_of(std::uint32_t cell) { return cell >> 24; }
  static place place_of(std::uint32_t cell) { return cell & places_end; }

  // Room that was needed once is not kept.
  void clear() {
    constexpr std::size_t kept_cells = 128;
    if (cells_.size() > kept_cells)
      cells_ = std::vector<std::uint32_t>();
    else
      std::fill(cells_.begin(), cells_.end(), none);
  }

  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t home(hash of) const { return of & mask(); }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }

  void put(hash of, place where) {
    auto at = home(of);
    while (cells_[at] != none)
      at = next(at);
    cells_[at] = cell(of, where);
  }
  std::size_t cell_of(hash of, place where) const {
    auto at = home(of);
    while (cells_[at] != cell(of, where))
      at = next(at);
    return at;
  }
  template <class Hashes>
  void grow(Hashes hash_at) {
    std::vector<std::uint32_t> old(cells_.empty() ? 8 : 2 * cells_.size(), none);
    old.swap(cells_);
    for (const auto each : old)
      if (each != none)
        put(hash_at(place_of(each)), place_of(each));
  }

  std::vector<std::uint32_t> cells_;  // a power of two, or none
  std::size_t size_ = 0;
};

}  // namespace troupe::actors::gossip
