// The records of a pool's members by name: a vector in the order they came, and a table of places
// in it that a name's hash leads to. Small, for each member of a pool has one of all others, and
// quick to search, for each piece of news names a member. Knows nothing of what a record means.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::actors::gossip::serf {

// Record: name(), which does not change while the record is in here.
template <class Record>
class member_records {
 public:
  // Valid until the next add() or erase().
  const Record* find(std::string_view name) const {
    if (cells_.empty())
      return nullptr;
    const auto wanted = hash_of(name);
    for (auto at = home(wanted); cells_[at].place != free; at = next(at))
      if (cells_[at].hash == wanted && records_[cells_[at].place].name() == name)
        return &records_[cells_[at].place];
    return nullptr;
  }
  Record* find(std::string_view name) {
    return const_cast<Record*>(std::as_const(*this).find(name));
  }

  // There is none of this name.
  Record& add(Record made) {
    if ((records_.size() + 1) * 4 > cells_.size() * 3)
      grow();
    put(hash_of(made.name()), static_cast<std::uint32_t>(records_.size()));
    return records_.emplace_back(std::move(made));
  }

  // The last one takes its place.
  void erase(std::string_view name) {
    const auto* found = find(name);
    if (found == nullptr)
      return;
    const auto place = static_cast<std::uint32_t>(found - records_.data());
    const auto last = static_cast<std::uint32_t>(records_.size() - 1);
    take_out(cell_of(hash_of(name), place));
    if (place != last) {
      cells_[cell_of(hash_of(records_[last].name()), last)].place = place;
      records_[place] = std::move(records_[last]);
    }
    records_.pop_back();
  }

  std::size_t size() const { return records_.size(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }

 private:
  static constexpr std::uint32_t free = UINT32_MAX;
  struct cell {
    std::uint32_t hash = 0;
    std::uint32_t place = free;
  };

  static std::uint32_t hash_of(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
  }
  std::size_t home(std::uint32_t hash) const { return hash & (cells_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (cells_.size() - 1); }

  void put(std::uint32_t hash, std::uint32_t place) {
    auto at = home(hash);
    while (cells_[at].place != free)
      at = next(at);
    cells_[at] = {hash, place};
  }
  // Of a record that is there.
  std::size_t cell_of(std::uint32_t hash, std::uint32_t place) const {
    auto at = home(hash);
    while (cells_[at].place != place)
      at = next(at);
    return at;
  }
  // Cells behind move up so that none is cut off from its home.
  void take_out(std::size_t hole) {
    const auto mask = cells_.size() - 1;
    for (auto at = next(hole); cells_[at].place != free; at = next(at)) {
      if (((at - home(cells_[at].hash)) & mask) < ((at - hole) & mask))
        continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = {};
  }
  void grow() {
    std::vector<cell> old(cells_.empty() ? 8 : 2 * cells_.size());
    old.swap(cells_);
    for (const auto& each : old)
      if (each.place != free)
        put(each.hash, each.place);
  }

  std::vector<Record> records_;
  std::vector<cell> cells_;  // a power of two, or none
};

}  // namespace troupe::actors::gossip::serf
