// The updates this member still has to tell: memberlist's transmit-limited queue. Fewest sends so
// far come first; among those the largest that still fits; among equals the newest. Newer news
// about a member throws out the older. It knows no packets: the caller says how much room there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/gossip/swim/member_directory.hpp"
#include "actors/gossip/swim/number_map.hpp"
#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class broadcast_queue {
 public:
  explicit broadcast_queue(member_directory& directory) : directory_(directory) {}
  ~broadcast_queue();
  broadcast_queue(const broadcast_queue&) = delete;
  broadcast_queue& operator=(const broadcast_queue&) = delete;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Whether news about this member still waits.
  bool holds(member_number about) const { return by_member_.find(about) != nullptr; }

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
    __builtin_prefetch(entries_.data());
    __builtin_prefetch(few_.data());
  }

  // What the encoded message takes.
  std::size_t bytes_of(const update& message) const;

 private:
  using slot_number = std::uint32_t;
  struct entry {
    update message;
    std::uint64_t key = 0;  // 0: free
  };
  // Ascending keys are the order of choice: sends (8 bits), 65535 - bytes (16), ~serial (40).
  struct ordered {
    std::uint64_t key;
    slot_number slot;
  };
  static constexpr std::size_t unbounded = std::size_t{1} << 30;
  // Up to so many stand in one sorted list, more in levels.
  static constexpr std::size_t few_max = 64;

  // Those told equally often. What was just told goes to the next level unsorted: it is sorted in
  // only when all that was told less often has been told, so a long queue costs no more a message
  // than a short one.
  struct level {
    // Descending, so that what is chosen first is at the cheap end. Holds stale items, too, of
    // messages told once more or thrown out.
    std::vector<ordered> order;
    std::vector<ordered> fresh;        // not sorted in yet
    std::size_t smallest = unbounded;  // no message is shorter
  };

  bool is_current(const ordered& item) const { return entries_[item.slot].key == item.key; }
  void add_to_few(const ordered& item);
  std::size_t take_few(const budget& room, std::vector<update>& into);
  void become_long();
  void add(const ordered& item);
  void drop_stale(std::vector<ordered>& items);
  void forget(slot_number slot);
  void drop_room();
  void sort_fresh(level& of);
  std::size_t choose(level& from, const budget& room, std::size_t used, std::vector<update>& into);
  void put_back(int sends_max);

  member_directory& directory_;
  std::vector<entry> entries_;
  std::vector<slot_number> free_;
  number_map<slot_number> by_member_;
  bool is_long_ = false;         // until it is empty once more
  std::vector<ordered> few_;     // not long: all, ascending
  std::vector<level> levels_;    // long: by sends
  std::vector<ordered> chosen_;  // by take(), to go back
  std::uint64_t serial_ = 0;
  std::size_t size_ = 0;
};

}  // namespace troupe::actors::gossip::swim
