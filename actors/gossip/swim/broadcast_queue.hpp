// The updates this member still has to tell: memberlist's transmit-limited queue, in which newer
// news about a member throws out the older.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/gossip/place_index.hpp"
#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/swim/swim_types.hpp"
#include "actors/gossip/transmit_limited_queue.hpp"

namespace troupe::actors::gossip::swim {

class broadcast_queue {
 public:
  explicit broadcast_queue(member_directory& directory) : directory_(directory) {}
  ~broadcast_queue();
  broadcast_queue(const broadcast_queue&) = delete;
  broadcast_queue& operator=(const broadcast_queue&) = delete;

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  // Whether news about this member still waits.
  bool holds(member_number about) const { return slot_of(about) != place_index::none; }

  // `sends`: it counts as told so often already, and waits behind what was told less often.
  void push(const update& message, int sends = 0);
  void drop(member_number about);

  struct budget {
    std::size_t bytes = 0;     // each message takes its length and compound_part_bytes
    std::size_t messages = 0;  // at most so many
    int sends_max = 1;         // a message told so often leaves the queue
  };
  // Appends what fits to `into`, each counted as sent once more; gives the bytes taken.
  std::size_t take(const budget& room, std::vector<update>& into);

  void fetch() const {
    by_member_.fetch();
    waiting_.fetch();
  }

  // What the encoded message takes.
  std::size_t bytes_of(const update& message) const;

 private:
  // Of an update what the queue needs: a large pool that starts has thousands in each member.
  struct told_update {
    member_number about;
    std::uint32_t whose = 0;  // an alive's identity, an accusation's accuser
    incarnation_number incarnation;
    update_kind kind = update_kind::alive;

    update whole() const;
  };
  using waiting_updates = transmit_limited_queue<told_update>;
  using slot_number = waiting_updates::slot_number;

  static place_index::hash hash_of(member_number about);
  auto hashes() const {
    return [this](slot_number slot) { return hash_of(waiting_[slot].about); };
  }
  slot_number slot_of(member_number about) const;
  void forget(slot_number slot);

  member_directory& directory_;
  waiting_updates waiting_;
  place_index by_member_;  // its slots
};

}  // namespace troupe::actors::gossip::swim
