#include "actors/gossip/serf/member_states.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/gossip/wire/tags.hpp"
#include "messages/go_duration.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace limits = messages::limits;

void member_states::on_joined(shared_member who, time_point now) {
  auto* known = members_.find(who->name);
  if (known == nullptr) {
    if (members_.size() < limits::pool_members_max)
      add(std::move(who), now);
    return;
  }
  bring_back(*known, now);
  known->facts = std::move(who);
  tell(member_event_kind::joined, *known);
}

void member_states::add(shared_member who, time_point now) {
  record made;
  made.since = now;
  if (const auto early = intents_.take(who->name)) {
    made.status_time = early->ltime;
    if (early->kind == intent_kind::leave)
      made.status = member_status::leaving;
  }
  made.facts = std::move(who);
  tell(member_event_kind::joined, members_.add(std::move(made)));
}

void member_states::bring_back(record& known, time_point now) {
  if (known.status == member_status::failed && now - known.since < settings_.flap_timeout)
    ++flaps_;
  known.status = member_status::alive;
  failed_.erase(known.name());
  left_.erase(known.name());
  prunes_.erase(known.name());
}

void member_states::on_updated(shared_member who) {
  auto* known = members_.find(who->name);
  if (known == nullptr)
    return;
  known->facts = std::move(who);
  tell(member_event_kind::updated, *known);
}

void member_states::on_gone(std::string_view name, time_point now) {
  auto* known = members_.find(name);
  if (known == nullptr)
    return;
  record& gone = *known;
  if (gone.status == member_status::leaving) {
    gone.since = now;
    set_left(gone);
  } else if (gone.status == member_status::alive) {
    gone.since = now;
    gone.status = member_status::failed;
    failed_.insert(gone.name());
    tell(member_event_kind::failed, gone);
  }
}

bool member_states::take(const wire::leave_intent& intent, time_point now) {
  const lamport_time ltime{intent.ltime};
  auto* known = members_.find(intent.node);
  if (known == nullptr)
    return intents_.keep(intent.node, {intent_kind::leave, ltime, now});
  record& leaver = *known;
  if (ltime <= leaver.status_time)
    return false;
  leaver.status_time = ltime;
  if (leaver.status == member_status::alive) {
    leaver.status = member_status::leaving;
    leaver.since = now;
  } else if (leaver.status == member_status::failed) {
    set_left(leaver);
  }
  if (intent.prune)
    prune(leaver.name(), now);
  return true;
}

bool member_states::take(const wire::join_intent& intent, time_point now) {
  const lamport_time ltime{intent.ltime};
  auto* known = members_.find(intent.node);
  if (known == nullptr)
    return intents_.keep(intent.node, {intent_kind::join, ltime, now});
  record& joiner = *known;
  if (ltime <= joiner.status_time)
    return false;
  joiner.status_time = ltime;
  // The leave came from before this join.
  if (joiner.status == member_status::leaving) {
    joiner.status = member_status::alive;
    prunes_.erase(joiner.name());
  }
  return true;
}

void member_states::set_left(record& known) {
  known.status = member_status::left;
  failed_.erase(known.name());
  left_.insert(known.name());
  tell(member_event_kind::left, known);
}

void member_states::prune(const std::string& name, time_point now) {
  if (members_.find(name)->status == member_status::leaving)
    prunes_.emplace(name, now + settings_.broadcast_timeout + settings_.leave_propagate_delay);
  else
    erase(std::string{name});  // `name` may be the record's own
}

void member_states::erase(const std::string& name) {
  failed_.erase(name);
  left_.erase(name);
  prunes_.erase(name);
  tell(member_event_kind::reaped, *members_.find(name));
  members_.erase(name);
}

void member_states::reap(time_point now) {
  reap_names(failed_, now);
  reap_names(left_, now);
  intents_.drop_older_than(now - settings_.recent_intent_timeout);
}

void member_states::reap_names(const std::set<std::string, std::less<>>& names, time_point now) {
  std::vector<std::string> expired;
  for (const std::string& name : names) {
    const record& gone = *members_.find(name);
    if (now - gone.since > kept_for(gone))
      expired.push_back(name);
  }
  for (const std::string& name : expired)
    erase(name);
}

nanoseconds member_states::kept_for(const record& gone) const {
  if (gone.status == member_status::left)
    return settings_.tombstone_timeout;
  const auto& tag = settings_.reconnect_timeout_tag;
  if (tag.empty())
    return settings_.reconnect_timeout;
  const auto tags = wire::decode_tags(gone.facts->meta).value_or(tag_map{});
  const auto own = tags.find(tag);
  if (own == tags.end())
    return settings_.reconnect_timeout;
  const auto said = messages::parse_go_duration(own->second);
  return said && said->count() > 0 ? *said : settings_.reconnect_timeout;
}

void member_states::prune_due(time_point now) {
  std::vector<std::string> due;
  for (const auto& [name, when] : prunes_) {
    if (when <= now)
      due.push_back(name);
  }
  for (const std::string& name : due)
    erase(name);
}

std::optional<time_point> member_states::next_prune() const {
  const auto first =
      std::min_element(prunes_.begin(), prunes_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return first == prunes_.end() ? std::nullopt : std::optional{first->second};
}

std::vector<const member_states::record*> member_states::overdue_leavers(time_point now) const {
  const nanoseconds leave_max = 2 * settings_.broadcast_timeout + settings_.leave_propagate_delay;
  std::vector<const record*> overdue;
  for (const auto& known : members_) {
    if (known.status == member_status::leaving && now - known.since > leave_max &&
        known.name() != settings_.node_name)
      overdue.push_back(&known);
  }
  return overdue;
}

std::optional<join_target> member_states::pick_to_reconnect(prng& random) const {
  if (failed_.empty())
    return std::nullopt;
  // Each failed member is tried about once an interval by somebody, however large the pool.
  const auto alive = static_cast<double>(std::max<std::size_t>(alive_count(), 1));
  const double chance = static_cast<double>(failed_.size()) / alive;
  if (std::uniform_real_distribution<double>{0, 1}(random) > chance)
    return std::nullopt;
  std::uniform_int_distribution<std::size_t> any{0, failed_.size() - 1};
  const std::string& name = *std::next(failed_.begin(), static_cast<std::ptrdiff_t>(any(random)));
  return join_target{name, members_.find(name)->facts->where};
}

std::vector<member_event> member_states::take_events() {
  return std::exchange(events_, {});
}

void member_states::tell(member_event_kind kind, const record& of) {
  events_.push_back({kind, of.status, of.facts});
}

}  // namespace troupe::actors::gossip::serf
