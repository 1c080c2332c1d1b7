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

// Room for so many messages stays when it is empty.
constexpr std::size_t kept_room = 64;

// An assigned {} would keep the room.
template <class T>
void release(std::vector<T>& all) {
  std::vector<T>{}.swap(all);
}

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
  if (!is_long_ && few_.size() == few_max)
    become_long();
  if (is_long_)
    add({key, slot});
  else
    add_to_few({key, slot});
  ++size_;
}

void broadcast_queue::drop(member_number about) {
  const auto* slot = by_member_.find(about);
  if (slot == nullptr)
    return;
  if (!is_long_)
    std::erase_if(few_, [of = *slot](const ordered& item) { return item.slot == of; });
  forget(*slot);
  if (size_ == 0)
    drop_room();
}

// What its level holds of it is stale from now on.
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
}

// It is empty most of its life, and full for minutes when a large pool starts.
void broadcast_queue::drop_room() {
  release(levels_);
  is_long_ = false;
  if (entries_.size() <= kept_room)
    return;
  release(entries_);
  release(free_);
  by_member_ = {};
  release(chosen_);
}

// -- few -------------------------------------------------------------------------------

void broadcast_queue::add_to_few(const ordered& item) {
  few_.push_back(item);
  for (auto at = few_.size() - 1; at > 0 && few_[at].key < few_[at - 1].key; --at)
    std::swap(few_[at], few_[at - 1]);
}

std::size_t broadcast_queue::take_few(const budget& room, std::vector<update>& into) {
  std::size_t used = 0;
  std::size_t messages = 0;
  bool is_sorted = true;
  bool is_over = false;
  for (auto& item : few_) {
    const auto bytes = bytes_in(item.key) + compound_part_bytes;
    if (messages == room.messages || used + bytes > room.bytes) {
      is_sorted = false;  // what stands behind it may be chosen and told more often then
      continue;
    }
    ++messages;
    used += bytes;
    auto& told = entries_[item.slot];
    into.push_back(told.message);
    told.key = item.key += one_send;
    if (sends_of(item.key) < static_cast<std::uint64_t>(room.sends_max))
      continue;
    forget(item.slot);
    item.key = 0;
    is_over = true;
  }
  if (is_over)
    std::erase_if(few_, [](const ordered& item) { return item.key == 0; });
  if (!is_sorted)
    std::sort(few_.begin(), few_.end(),
              [](const ordered& a, const ordered& b) { return a.key < b.key; });
  if (size_ == 0)
    drop_room();
  return used;
}

void broadcast_queue::become_long() {
  is_long_ = true;
  for (const auto& item : few_)
    add(item);
  few_.clear();
}

// -- levels ------------------------------------------------------------------------

void broadcast_queue::add(const ordered& item) {
  const auto sends = sends_of(item.key);
  if (sends >= levels_.size())
    levels_.resize(sends + 1);
  auto& to = levels_[sends];
  to.fresh.push_back(item);
  to.smallest = std::min(to.smallest, bytes_in(item.key));
  drop_stale(to.fresh);
}

// Not each time: then it costs nothing.
void broadcast_queue::drop_stale(std::vector<ordered>& items) {
  constexpr std::size_t few = 32;
  if (items.size() > few + 2 * size_)
    std::erase_if(items, [this](const ordered& item) { return !is_current(item); });
}

// From the cheap end, so that what stands before the first place stays where it is.
void broadcast_queue::sort_fresh(level& of) {
  auto& fresh = of.fresh;
  auto& order = of.order;
  std::sort(fresh.begin(), fresh.end(),
            [](const ordered& a, const ordered& b) { return a.key < b.key; });
  if (order.empty()) {
    order.swap(fresh);
    std::reverse(order.begin(), order.end());
    return;
  }
  auto from = order.size();
  order.resize(from + fresh.size());
  auto to = order.size();
  std::size_t next = 0;
  while (next < fresh.size()) {
    const bool takes_own = from > 0 && order[from - 1].key < fresh[next].key;
    order[--to] = takes_own ? order[--from] : fresh[next++];
  }
  fresh.clear();
  if (fresh.capacity() > kept_room)
    release(fresh);
  drop_stale(order);
}

// -- telling -----------------------------------------------------------------------

std::size_t broadcast_queue::take(const budget& room, std::vector<update>& into) {
  if (!is_long_)
    return take_few(room, into);
  chosen_.clear();
  std::size_t used = 0;
  for (auto& each : levels_) {
    if (used + each.smallest + compound_part_bytes <= room.bytes)
      used = choose(each, room, used, into);
  }
  put_back(room.sends_max);
  return used;
}

std::size_t broadcast_queue::choose(level& from, const budget& room, std::size_t used,
                                    std::vector<update>& into) {
  sort_fresh(from);
  auto& order = from.order;
  auto end = order.size();  // what stands from here on was looked at
  while (end > 0 && chosen_.size() < room.messages &&
         used + from.smallest + compound_part_bytes <= room.bytes) {
    const auto item = order[end - 1];
    const auto free = room.bytes - used - compound_part_bytes;
    if (const auto bytes = bytes_in(item.key); bytes > free) {
      // On to those that are small enough.
      const auto wanted = first_key(sends_of(item.key), free);
      const auto last = order.begin() + static_cast<std::ptrdiff_t>(end);
      end = static_cast<std::size_t>(
          std::partition_point(order.begin(), last,
                               [&](const ordered& each) { return each.key >= wanted; }) -
          order.begin());
      continue;
    }
    --end;
    if (!is_current(item))
      continue;
    into.push_back(entries_[item.slot].message);
    used += bytes_in(item.key) + compound_part_bytes;
    chosen_.push_back(item);
  }
  return used;
}

// The chosen leave the queue or stand in it with one more send.
void broadcast_queue::put_back(int sends_max) {
  for (auto item : chosen_) {
    if (sends_of(item.key) + 1 >= static_cast<std::uint64_t>(sends_max)) {
      forget(item.slot);
      continue;
    }
    item.key += one_send;
    entries_[item.slot].key = item.key;
    add(item);
  }
  for (auto& each : levels_) {
    while (!each.order.empty() && !is_current(each.order.back()))
      each.order.pop_back();
    if (each.smallest != unbounded && each.order.empty() && each.fresh.empty())
      each = level{};
  }
  if (size_ == 0)
    drop_room();
}

}  // namespace troupe::actors::gossip::swim
