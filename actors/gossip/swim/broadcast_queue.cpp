#include "actors/gossip/swim/broadcast_queue.hpp"

#include "actors/gossip/swim/encoded_size.hpp"

namespace troupe::actors::gossip::swim {

update broadcast_queue::told_update::whole() const {
  if (kind == update_kind::alive)
    return {kind, about, incarnation, no_member, {whose}};
  return {kind, about, incarnation, {whose}, no_identity};
}

broadcast_queue::~broadcast_queue() {
  for (const auto slot : waiting_.slots())
    forget(slot);
}

std::size_t broadcast_queue::bytes_of(const update& message) const {
  if (message.kind == update_kind::alive)
    return directory_.alive_bytes(message.identity) + uint_bytes(message.incarnation.value);
  return accusation_bytes(directory_.name_bytes(message.from), directory_.name_bytes(message.about),
                          message.incarnation.value);
}

place_index::hash broadcast_queue::hash_of(member_number about) {
  // Fibonacci hashing: neighbours spread.
  return static_cast<place_index::hash>((about.value * 0x9e3779b97f4a7c15ULL) >> 32);
}

broadcast_queue::slot_number broadcast_queue::slot_of(member_number about) const {
  return by_member_.find(hash_of(about),
                         [&](slot_number slot) { return waiting_[slot].about == about; });
}

void broadcast_queue::push(const update& message, int sends) {
  const bool is_alive = message.kind == update_kind::alive;
  directory_.acquire(message.about);
  if (is_alive)
    directory_.acquire(message.identity);
  else
    directory_.acquire(message.from);
  drop(message.about);
  const auto slot = waiting_.push({.about = message.about,
                                   .whose = is_alive ? message.identity.value : message.from.value,
                                   .incarnation = message.incarnation,
                                   .kind = message.kind},
                                  bytes_of(message), sends);
  by_member_.add(hash_of(message.about), slot, hashes());
}

void broadcast_queue::drop(member_number about) {
  const auto slot = slot_of(about);
  if (slot == place_index::none)
    return;
  forget(slot);
  waiting_.erase(slot);
}

// About to leave the queue.
void broadcast_queue::forget(slot_number slot) {
  const auto& told = waiting_[slot];
  by_member_.erase(hash_of(told.about), slot, hashes());
  if (told.kind == update_kind::alive)
    directory_.release(identity_number{told.whose});
  else
    directory_.release(member_number{told.whose});
  directory_.release(told.about);
}

std::size_t broadcast_queue::take(const budget& room, std::vector<update>& into) {
  return waiting_.take(
      {room.bytes, compound_part_bytes, room.messages, room.sends_max},
      [&](const told_update& each, std::size_t) { into.push_back(each.whole()); },
      [&](slot_number slot) { forget(slot); });
}

}  // namespace troupe::actors::gossip::swim
