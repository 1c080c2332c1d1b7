#include "actors/gossip/swim/member_directory.hpp"

#include "actors/gossip/swim/encoded_size.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::swim {

using messages::ensure;
using messages::errc;
using messages::failure;

messages::result<member_number> member_directory::intern(std::string_view name) {
  if (const auto known = find(name); known != no_member)
    return known;
  if (name.size() > messages::limits::gossip_name_bytes_max)
    return failure{errc::too_large, "the name of a member is too long"};
  if (by_name_.size() >= messages::limits::gossip_names_max)
    return failure{errc::too_large, "too many members"};
  if (free_names_.empty()) {
    free_names_.push_back({numbers_end()});
    names_.emplace_back().is_free = true;
    name_bytes_.push_back(0);
  }
  const auto number = free_names_.back();
  free_names_.pop_back();
  auto& made = names_[number.value];
  made.text = name;
  made.is_free = false;
  name_bytes_[number.value] = static_cast<std::uint16_t>(name.size());
  by_name_.emplace(made.text, number);
  list(number);
  return number;
}

member_number member_directory::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? no_member : found->second;
}

identity_number member_directory::intern_identity(member_number member,
                                                  const member_identity& identity) {
  const auto last = names_[member.value].last;
  if (last != no_identity && identities_[last.value].what == identity)
    return last;
  if (free_identities_.empty()) {
    free_identities_.push_back({static_cast<std::uint32_t>(identities_.size())});
    identities_.emplace_back().is_free = true;
    facts_.emplace_back();
  }
  const auto number = free_identities_.back();
  free_identities_.pop_back();
  auto& made = identities_[number.value];
  made.what = identity;
  made.of = member;
  made.is_free = false;
  const auto bytes = swim::alive_bytes(name_bytes(member), identity.where.address.bytes().size(),
                                       identity.meta.size(), identity.where.port);
  facts_[number.value] = {.bytes = static_cast<std::uint32_t>(bytes),
                          .where = identity.where,
                          .protocol = identity.protocol,
                          .delegate = identity.delegate};
  names_[member.value].last = number;
  list(number);
  return number;
}

void member_directory::release(member_number member) {
  if (!counted_)
    return;
  auto& held = names_[member.value];
  ensure(held.uses > 0);
  if (--held.uses == 0)
    list(member);
}

void member_directory::release(identity_number number) {
  if (!counted_)
    return;
  auto& held = identities_[number.value];
  ensure(held.uses > 0);
  if (--held.uses == 0)
    list(number);
}

void member_directory::list(member_number member) {
  auto& held = names_[member.value];
  if (!counted_ || held.is_listed)
    return;
  held.is_listed = true;
  unused_names_.push_back(member);
}

void member_directory::list(identity_number number) {
  auto& held = identities_[number.value];
  if (!counted_ || held.is_listed)
    return;
  held.is_listed = true;
  unused_identities_.push_back(number);
}

void member_directory::free_identity(identity_number number) {
  auto& held = identities_[number.value];
  if (auto& of = names_[held.of.value]; of.last == number)
    of.last = no_identity;
  held.what = {};
  held.of = no_member;
  held.is_free = true;
  free_identities_.push_back(number);
}

void member_directory::drop_unused() {
  for (const auto number : unused_identities_) {
    auto& held = identities_[number.value];
    held.is_listed = false;
    if (held.uses == 0 && !held.is_free)
      free_identity(number);
  }
  unused_identities_.clear();
  for (const auto number : unused_names_) {
    auto& held = names_[number.value];
    held.is_listed = false;
    if (held.uses > 0 || held.is_free)
      continue;
    // Whoever holds an identity of a member holds the member.
    ensure(held.last == no_identity);
    by_name_.erase(held.text);
    held.text.clear();
    held.is_free = true;
    free_names_.push_back(number);
  }
  unused_names_.clear();
}

}  // namespace troupe::actors::gossip::swim
