// The records of a pool's members, found by name. Small, for each member of a pool has one of all
// others, and quick to search, for each piece of news names a member. Knows nothing of what a
// record means.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>

#include "actors/gossip/place_index.hpp"
#include "actors/gossip/segmented_vector.hpp"

namespace troupe::actors::gossip::serf {

// Record: name(), which does not change while the record is in here.
template <class Record>
class member_records {
 public:
  // Valid until the next erase().
  const Record* find(std::string_view name) const {
    const auto found = place_of(name);
    return found == place_index::none ? nullptr : &records_[found];
  }
  Record* find(std::string_view name) {
    return const_cast<Record*>(std::as_const(*this).find(name));
  }

  // There is none of this name.
  Record& add(Record made) {
    places_.add(hash_of(made.name()), static_cast<place>(records_.size()), hashes());
    return records_.push_back(std::move(made));
  }

  // The last one takes its place.
  void erase(std::string_view name) {
    const auto gone = place_of(name);
    if (gone == place_index::none)
      return;
    places_.erase(hash_of(name), gone, hashes());
    if (const auto last = static_cast<place>(records_.size() - 1); gone != last) {
      places_.moved(hash_of(records_[last].name()), last, gone);
      records_[gone] = std::move(records_[last]);
    }
    records_.pop_back();
  }

  std::size_t size() const { return records_.size(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }

 private:
  using place = place_index::place;

  static place_index::hash hash_of(std::string_view name) {
    return static_cast<place_index::hash>(std::hash<std::string_view>{}(name));
  }
  auto hashes() const {
    return [this](place where) { return hash_of(records_[where].name()); };
  }
  place place_of(std::string_view name) const {
    return places_.find(hash_of(name), [&](place where) { return records_[where].name() == name; });
  }

  segmented_vector<Record, 32> records_;
  place_index places_;
};

}  // namespace troupe::actors::gossip::serf
