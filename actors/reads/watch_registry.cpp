#include "actors/reads/watch_registry.hpp"

#include <algorithm>

#include "messages/ensure.hpp"

namespace troupe::actors::reads {

using messages::ensure;
using messages::errc;
using messages::failure;
using messages::result;

namespace {

std::size_t common_bytes(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(in_a - a.begin());
}

}  // namespace

// -- adding and removing ------------------------------------------------------

result<watch_id> watch_registry::add(const watch_interest& interest, time_point deadline,
                                     query_ticket ticket) {
  if (watches_.size() >= watches_max_)
    return failure{errc::unavailable, "too many blocking queries are waiting"};
  const watch_id id{++last_id_};
  watch& added = watches_[id.value];
  added.id = id;
  added.deadline = deadline;
  added.ticket = ticket;
  for (const auto& topic : interest.topics)
    join(added, topics_, topic);
  for (const auto& prefix : interest.prefixes)
    join(added, prefixes_, prefix);
  deadlines_.emplace(deadline, id.value);
  if (ticket.value != 0)
    tickets_[ticket.value] = id;
  return id;
}

bool watch_registry::remove(watch_id id) {
  const auto found = watches_.find(id.value);
  if (found == watches_.end())
    return false;
  watch& removed = found->second;
  leave_all(removed);
  ensure(deadlines_.erase({removed.deadline, id.value}) == 1);
  const auto named = tickets_.find(removed.ticket.value);
  if (named != tickets_.end() && named->second == id)
    tickets_.erase(named);
  watches_.erase(found);
  return true;
}

void watch_registry::join(watch& joining, topic_map& map, const std::string& topic) {
  const auto at = map.try_emplace(topic).first;
  joining.memberships.push_back({&map, at, at->second.size()});
  at->second.push_back({&joining, joining.memberships.size() - 1});
}

// The last member takes the place of the one that leaves: thousands may wait for one topic.
void watch_registry::leave_all(watch& leaving) {
  for (const auto& seat : leaving.memberships) {
    auto& members = seat.topic->second;
    const member moved = members.back();
    members[seat.place] = moved;
    moved.of->memberships[moved.place].place = seat.place;
    members.pop_back();
    if (members.empty())
      seat.map->erase(seat.topic);
  }
  leaving.memberships.clear();
}

// -- finding ----------------------------------------------------------------------

std::optional<watch_id> watch_registry::find(query_ticket ticket) const {
  const auto named = tickets_.find(ticket.value);
  return named == tickets_.end() ? std::nullopt : std::optional(named->second);
}

std::vector<watch_id> watch_registry::touched_by(const messages::ChangeSet& change) const {
  std::vector<watch_id> touched;
  if (change.everything()) {
    touched.reserve(watches_.size());
    for (const auto& [id, one] : watches_)
      touched.push_back({id});
  } else {
    for (const auto& topic : change.topics())
      collect_topic(topic, touched);
    for (const auto& subtree : change.subtrees())
      collect_subtree(subtree, touched);
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  return touched;
}

void watch_registry::collect_topic(std::string_view topic, std::vector<watch_id>& out) const {
  if (const auto exact = topics_.find(topic); exact != topics_.end()) {
    for (const auto& one : exact->second)
      out.push_back(one.of->id);
  }
  collect_prefixes_of(topic, out);
}

void watch_registry::collect_subtree(std::string_view subtree, std::vector<watch_id>& out) const {
  for (const auto* map : {&topics_, &prefixes_}) {
    for (auto at = map->lower_bound(subtree); at != map->end() && at->first.starts_with(subtree);
         ++at) {
      for (const auto& one : at->second)
        out.push_back(one.of->id);
    }
  }
  collect_prefixes_of(subtree, out);
}

// Every watched prefix of `topic`, longest first. The longest one not longer than `head` is the
// greatest key not above `head`, or what that key shares with the topic is a shorter head to try.
void watch_registry::collect_prefixes_of(std::string_view topic, std::vector<watch_id>& out) const {
  std::string_view head = topic;
  while (true) {
    auto at = prefixes_.upper_bound(head);
    if (at == prefixes_.begin())
      return;
    --at;
    const std::size_t shared = common_bytes(at->first, head);
    if (shared < at->first.size()) {
      head = head.substr(0, shared);
      continue;
    }
    for (const auto& one : at->second)
      out.push_back(one.of->id);
    if (shared == 0)
      return;
    head = head.substr(0, shared - 1);
  }
}

std::vector<watch_id> watch_registry::due(time_point now) const {
  std::vector<watch_id> over;
  for (const auto& [deadline, id] : deadlines_) {
    if (deadline > now)
      break;
    over.push_back({id});
  }
  return over;
}

std::optional<time_point> watch_registry::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->first;
}

}  // namespace troupe::actors::reads
