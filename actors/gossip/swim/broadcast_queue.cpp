#include "actors/gossip/swim/broadcast_queue.hpp"

#include <algorithm>

#include "actors/gossip/swim/encoded_size.hpp"

namespace troupe::actors::gossip::swim {

namespace {

constexpr int sends_shift = 56;
constexpr int bytes_shift = 40;
constexpr std::uint64_t bytes_mask = 0xffff;
constexpr std::uint64_t serial_mask = (std::uint64_t{1} << bytes_shift) - 1;
constexpr std::uint64_t one_send = std::uint64_t{1} << sends_shift;

// The first key in the order of choice of those told so often and no larger than this.
constexpr std::uint64_t first_key(std::uint64_t sends, std::size_t bytes) {
  return sends << sends_shift | (bytes_mask - std::min<std::size_t>(bytes, bytes_mask))
                                    << bytes_shift;
}
constexpr std::uint64_t sends_of(std::uint64_t key) {
  return key >> sends_shift;
}
constexpr std::size_t bytes_in(std::uint64_t key) {
  return bytes_mask - ((key >> bytes_shift) & bytes_mask);
}

// No message of the three is shorter: it names its fields.
constexpr std::size_t message_bytes_min = accusation_bytes(0, 0, 0);

}  // namespace

broadcast_queue::~broadcast_queue() {
  for (slot_number slot = 0; slot < entries_.size(); ++slot)
    if (entries_[slot].key != 0)
      forget(slot);
}

std::size_t broadcast_queue::bytes_of(const update& message) const {
  if (message.kind == update_kind::alive)
    return directory_.alive_bytes(message.identity) + uint_bytes(message.incarnation.value);
  return accusation_bytes(directory_.name_bytes(message.from), directory_.name_bytes(message.about),
                          message.incarnation.value);
}

void broadcast_queue::push(const update& message, int sends) {
  directory_.acquire(message.about);
  if (message.kind == update_kind::alive)
    directory_.acquire(message.identity);
  else
    directory_.acquire(message.from);
  drop(message.about);

  if (free_.empty()) {
    free_.push_back(static_cast<slot_number>(entries_.size()));
    entries_.emplace_back();
  }
  const auto slot = free_.back();
  free_.pop_back();
  const auto key =
      first_key(static_cast<std::uint64_t>(sends), bytes_of(message)) | (~++serial_ & serial_mask);
  entries_[slot] = {message, key};
  by_member_.at_or_made(message.about) = slot;
  fresh_.push_back({key, slot});
  ++size_;
}

void broadcast_queue::drop(member_number about) {
  if (const auto* slot = by_member_.find(about))
    forget(*slot);
}

// What order_ and fresh_ hold of it is stale from now on.
void broadcast_queue::forget(slot_number slot) {
  auto& held = entries_[slot];
  const auto message = held.message;
  held.key = 0;
  free_.push_back(slot);
  by_member_.erase(message.about);
  --size_;
  if (message.kind == update_kind::alive)
    directory_.release(message.identity);
  else
    directory_.release(message.from);
  directory_.release(message.about);
  if (size_ == 0) {
    order_.clear();
    fresh_.clear();
  }
}

std::size_t broadcast_queue::take(const budget& room, std::vector<update>& into) {
  if (size_ == 0)
    return 0;
  sort_fresh();
  chosen_.clear();
  std::size_t used = 0;
  auto end = order_.size();  // what stands from here on was looked at
  while (end > 0 && chosen_.size() < room.messages &&
         used + message_bytes_min + compound_part_bytes <= room.bytes) {
    const auto item = order_[end - 1];
    const auto free = room.bytes - used - compound_part_bytes;
    if (const auto bytes = bytes_in(item.key); bytes > free) {
      end = skip_larger(end, item.key, free);
      continue;
    }
    --end;
    if (!is_current(item))
      continue;
    into.push_back(entries_[item.slot].message);
    used += bytes_in(item.key) + compound_part_bytes;
    chosen_.push_back(item);
    order_[end].key = 0;  // no entry has it
  }
  put_back(end, room.sends_max);
  return used;
}

// Where the items told as often as this one and no larger than `bytes` end.
std::size_t broadcast_queue::skip_larger(std::size_t end, std::uint64_t key,
                                         std::size_t bytes) const {
  const auto wanted = first_key(sends_of(key), bytes);
  const auto last = order_.begin() + static_cast<std::ptrdiff_t>(end);
  const auto found = std::partition_point(order_.begin(), last,
                                          [&](const ordered& item) { return item.key >= wanted; });
  return static_cast<std::size_t>(found - order_.begin());
}

// The chosen leave the queue or stand in it with one more send. Only order_ from `lowest` on was
// touched.
void broadcast_queue::put_back(std::size_t lowest, int sends_max) {
  const auto from = order_.begin() + static_cast<std::ptrdiff_t>(lowest);
  order_.erase(
      std::remove_if(from, order_.end(), [this](const ordered& item) { return !is_current(item); }),
      order_.end());
  std::size_t kept = 0;
  for (auto item : chosen_) {
    if (sends_of(item.key) + 1 >= static_cast<std::uint64_t>(sends_max)) {
      forget(item.slot);
      continue;
    }
    item.key += one_send;
    entries_[item.slot].key = item.key;
    chosen_[kept++] = item;
  }
  chosen_.resize(kept);
  merge(chosen_);
}

void broadcast_queue::sort_fresh() {
  if (fresh_.empty())
    return;
  std::erase_if(fresh_, [this](const ordered& item) { return !is_current(item); });
  std::sort(fresh_.begin(), fresh_.end(),
            [](const ordered& a, const ordered& b) { return a.key < b.key; });
  merge(fresh_);
  fresh_.clear();
  constexpr std::size_t few = 32;
  if (order_.size() > few + 2 * size_)
    std::erase_if(order_, [this](const ordered& item) { return !is_current(item); });
}

// From the cheap end, so that what stands before the first place stays where it is.
void broadcast_queue::merge(const std::vector<ordered>& ascending) {
  auto from = order_.size();
  order_.resize(from + ascending.size());
  auto to = order_.size();
  std::size_t next = 0;
  while (next < ascending.size()) {
    const bool takes_own = from > 0 && order_[from - 1].key < ascending[next].key;
    order_[--to] = takes_own ? order_[--from] : ascending[next++];
  }
}

}  // namespace troupe::actors::gossip::swim
