// Messages to be told to the whole pool, each sent a bounded number of times by riding in packets
// with room left (SWIM, Das et al. 2002, 4.1, with memberlist's choice by size): those sent least
// often first, among them the largest that still fits, among equals the newest. It knows no
// packets and no messages: the caller says how long one is and how much room there is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace troupe::actors::gossip {

template <class Message>
class transmit_limited_queue {
 public:
  // Names a message while it waits.
  using slot_number = std::uint32_t;
  // Of later messages larger, until 2^32 have come.
  using serial_number = std::uint32_t;

  struct budget {
    std::size_t bytes = 0;
    std::size_t overhead = 0;         // bytes that each message takes beyond its length
    std::size_t messages = SIZE_MAX;  // at most so many
    int sends_max = 1;                // 255 or less; a message sent so often leaves the queue
  };

  bool empty() const { return order_.empty(); }
  std::size_t size() const { return order_.size(); }
  const Message& operator[](slot_number slot) const { return entries_[slot].message; }
  serial_number serial_of(slot_number slot) const { return entries_[slot].serial; }
  // All that wait, the one that would be chosen last first.
  const std::vector<slot_number>& slots() const { return order_; }

  // `sends`: it counts as sent so often already, and waits behind what was sent less often.
  slot_number push(Message message, std::size_t bytes, int sends = 0) {
    const auto slot = new_slot();
    const auto length = static_cast<std::uint16_t>(std::min(bytes, bytes_max));
    entries_[slot] = {std::move(message), static_cast<std::uint8_t>(sends), length, ++last_serial_};
    shortest_ = std::min(shortest_, length);
    order_.insert(place_of(slot), slot);
    return slot;
  }
  void erase(slot_number slot) {
    order_.erase(place_of(slot));
    free_slot(slot);
    drop_room_if_empty();
  }

  // Chooses what fits: tell(const Message&, bytes) in the order of choice. Each is counted as sent
  // once more; before one leaves, done(slot). Returns the bytes taken.
  template <class Tell, class Done>
  std::size_t take(const budget& room, Tell tell, Done done) {
    const auto used = choose(room);
    if (chosen_.empty())
      return 0;
    for (const auto& each : chosen_)
      tell(std::as_const(entries_[each.slot].message), std::size_t{entries_[each.slot].bytes});
    take_out_chosen();
    std::erase_if(chosen_, [&](const chosen_message& each) {
      if (++entries_[each.slot].sends < room.sends_max)
        return false;
      done(each.slot);
      free_slot(each.slot);
      return true;
    });
    put_back_chosen();
    drop_room_if_empty();
    return used;
  }

  void fetch() const {
    __builtin_prefetch(entries_.data());
    __builtin_prefetch(order_.data());
  }

 private:
  // A large pool that starts has thousands of them in each member: no byte too many.
  struct entry {
    [[no_unique_address]] Message message{};
    std::uint8_t sends = 0;
    std::uint16_t bytes = 0;
    std::uint32_t serial = 0;  // free: the next free slot

    // Ascending keys are the order of choice.
    std::uint64_t key() const { return key_of(sends, bytes, serial); }
  };
  struct chosen_message {
    slot_number slot;
    std::uint32_t at;  // in order_
  };
  using place = std::vector<slot_number>::iterator;
  static constexpr std::size_t bytes_max = UINT16_MAX;
  static constexpr slot_number no_slot = UINT32_MAX;
  // Room for so many messages stays when it is empty.
  static constexpr std::size_t kept_room = 64;

  static std::uint64_t key_of(std::uint8_t sends, std::size_t bytes, std::uint32_t serial) {
    return std::uint64_t{sends} << 48 | (bytes_max - bytes) << 32 | (UINT32_MAX - serial);
  }
  // The first before `end` whose key is below this.
  place first_below(std::uint64_t key, place end) {
    return std::partition_point(order_.begin(), end,
                                [&](slot_number each) { return entries_[each].key() >= key; });
  }
  // Where it stands, or is to.
  place place_of(slot_number slot) { return first_below(entries_[slot].key() + 1, order_.end()); }

  slot_number new_slot() {
    if (free_ == no_slot) {
      entries_.emplace_back();
      return static_cast<slot_number>(entries_.size() - 1);
    }
    return std::exchange(free_, entries_[free_].serial);
  }
  void free_slot(slot_number slot) { entries_[slot] = {.serial = std::exchange(free_, slot)}; }
  // It is empty most of its life, and full for minutes when a large pool starts.
  void drop_room_if_empty() {
    if (!empty())
      return;
    shortest_ = bytes_max;
    if (entries_.size() <= kept_room)
      return;
    free_ = no_slot;
    entries_ = std::vector<entry>();
    order_ = std::vector<slot_number>();
    chosen_ = std::vector<chosen_message>();
  }

  // What it chooses is in chosen_, ascending.
  std::size_t choose(const budget& room) {
    chosen_.clear();
    std::size_t used = 0;
    auto end = order_.end();  // what stands from here on was looked at
    while (end != order_.begin() && chosen_.size() < room.messages &&
           used + shortest_ + room.overhead <= room.bytes) {
      const auto& next = entries_[*(end - 1)];
      const auto left = room.bytes - used - room.overhead;
      if (next.bytes > left) {
        // On to those that are short enough, or were sent more often.
        end = first_below(key_of(next.sends, left, UINT32_MAX), end);
        continue;
      }
      --end;
      chosen_.push_back({*end, static_cast<std::uint32_t>(end - order_.begin())});
      used += next.bytes + room.overhead;
    }
    return used;
  }

  void take_out_chosen() {
    auto next = chosen_.rbegin();
    std::size_t kept = next->at;
    for (auto at = kept; at < order_.size(); ++at) {
      if (next != chosen_.rend() && next->at == at)
        ++next;
      else
        order_[kept++] = order_[at];
    }
    order_.resize(kept);
  }

  // They are still ascending: each looks for its place behind the one before it, and what they
  // pass moves once.
  void put_back_chosen() {
    const auto kept = static_cast<std::ptrdiff_t>(order_.size());
    order_.resize(order_.size() + chosen_.size());
    auto from = order_.begin() + kept;
    auto to = order_.end();
    for (const auto& each : chosen_) {
      const auto behind = first_below(entries_[each.slot].key(), from);
      to = std::move_backward(behind, from, to);
      from = behind;
      *--to = each.slot;
    }
  }

  std::vector<entry> entries_;
  slot_number free_ = no_slot;  // the first of a chain
  // Descending by key, so that what is chosen first, and goes back not far from there, is at the
  // end.
  std::vector<slot_number> order_;
  std::vector<chosen_message> chosen_;  // by take()
  serial_number last_serial_ = 0;
  std::uint16_t shortest_ = bytes_max;  // no message is shorter
};

}  // namespace troupe::actors::gossip
