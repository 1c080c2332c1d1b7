#include "actors/session/session_core.hpp"

#include <algorithm>

#include "messages/limits.hpp"

namespace troupe::actors::session {

namespace limits = messages::limits;

// -- leadership ---------------------------------------------------------------

void session_core::lead(const std::vector<lifetime>& sessions, time_point now) {
  follow();
  leads_ = true;
  for (const auto& session : sessions)
    began(session, now);
}

void session_core::follow() {
  leads_ = false;
  sessions_.clear();
  due_.clear();
  ending_ = 0;
}

// -- sessions -------------------------------------------------------------------

void session_core::began(const lifetime& session, time_point now) {
  if (!leads_)
    return;
  const auto [at, is_new] = sessions_.try_emplace(session.id);
  if (!is_new)
    return;
  at->second.ttl = session.ttl;
  schedule(session.id, at->second, now + limits::session_ttl_multiplier * session.ttl);
}

void session_core::ended(const std::string& id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end())
    return;
  unschedule(id, at->second);
  sessions_.erase(at);
}

void session_core::replaced(const std::vector<lifetime>& sessions, time_point now) {
  std::set<std::string> alive;
  for (const auto& session : sessions) {
    alive.insert(session.id);
    began(session, now);
  }
  std::vector<std::string> gone;
  for (const auto& [id, session] : sessions_) {
    if (!alive.contains(id))
      gone.push_back(id);
  }
  for (const auto& id : gone)
    ended(id);
}

bool session_core::renew(const std::string& id, time_point now) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end() || at->second.expired)
    return false;
  unschedule(id, at->second);
  schedule(id, at->second, now + limits::session_ttl_multiplier * at->second.ttl);
  return true;
}

std::vector<std::string> session_core::take_expired(time_point now) {
  std::vector<std::string> expired;
  while (!due_.empty() && due_.begin()->first <= now &&
         ending_ < limits::session_destroys_in_flight_max) {
    const std::string id = due_.begin()->second;
    due_.erase(due_.begin());
    auto& session = sessions_.at(id);
    session.expired = session.ending = true;
    ++ending_;
    expired.push_back(id);
  }
  return expired;
}

// It cannot be renewed any more: its holder may have been told already that it is gone.
void session_core::end_failed(const std::string& id, time_point now) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end() || !at->second.ending)
    return;
  auto& session = at->second;
  session.retry = std::clamp<nanoseconds>(session.retry * 2, limits::session_destroy_retry_min,
                                          limits::session_destroy_retry_max);
  --ending_;
  session.ending = false;
  schedule(id, session, now + session.retry);
}

void session_core::schedule(const std::string& id, timed_session& session, time_point due) {
  session.due = due;
  due_.emplace(due, id);
}

void session_core::unschedule(const std::string& id, const timed_session& session) {
  if (session.ending)
    --ending_;
  else
    due_.erase({session.due, id});
}

// -- locks --------------------------------------------------------------------------

void session_core::delay_lock(const std::string& key, nanoseconds delay, time_point now) {
  if (delay <= nanoseconds{0})
    return;
  const auto until = now + std::min<nanoseconds>(delay, limits::lock_delay_max);
  delayed_until_[key] = until;
  delays_.emplace(until, key);
}

bool session_core::lock_is_delayed(const std::string& key, time_point now) const {
  const auto at = delayed_until_.find(key);
  return at != delayed_until_.end() && at->second > now;
}

void session_core::forget_past_delays(time_point now) {
  while (!delays_.empty() && delays_.begin()->first <= now) {
    const auto at = delayed_until_.find(delays_.begin()->second);
    if (at != delayed_until_.end() && at->second <= now)
      delayed_until_.erase(at);
    delays_.erase(delays_.begin());
  }
}

std::optional<time_point> session_core::next_deadline() const {
  std::optional<time_point> next;
  // With as many ends under way as may be, their answers come first.
  if (!due_.empty() && ending_ < limits::session_destroys_in_flight_max)
    next = due_.begin()->first;
  if (!delays_.empty() && (!next || delays_.begin()->first < *next))
    next = delays_.begin()->first;
  return next;
}

}  // namespace troupe::actors::session
