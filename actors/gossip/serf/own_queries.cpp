#include "actors/gossip/serf/own_queries.hpp"

#include <algorithm>
#include <utility>

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

constexpr int parts_of_the_time = 4;

}  // namespace

bool own_queries::add(lamport_time ltime, own_query query, std::string message, time_point now) {
  if (open_.size() >= messages::limits::own_queries_max)
    return false;
  const nanoseconds part = (query.until - now) / parts_of_the_time;
  return open_.emplace(ltime, waiting{query, {}, {}, std::move(message), part, now + part}).second;
}

std::optional<own_query> own_queries::take_ack(lamport_time ltime, query_id id,
                                               const std::string& from) {
  waiting* open = find(ltime, id);
  return open == nullptr ? std::nullopt : take(open->query, open->acks, from);
}

std::optional<own_query> own_queries::take_response(lamport_time ltime, query_id id,
                                                    const std::string& from) {
  waiting* open = find(ltime, id);
  return open == nullptr ? std::nullopt : take(open->query, open->responses, from);
}

own_queries::waiting* own_queries::find(lamport_time ltime, query_id id) {
  const auto open = open_.find(ltime);
  return open == open_.end() || open->second.query.id != id ? nullptr : &open->second;
}

std::optional<own_query> own_queries::take(const own_query& query, std::set<std::string>& heard,
                                           const std::string& from) {
  if (heard.size() >= query.answers_max || !heard.insert(from).second)
    return std::nullopt;
  return query;
}

void own_queries::finish(query_ticket ticket) {
  std::erase_if(open_, [ticket](const auto& each) { return each.second.query.ticket == ticket; });
}

std::vector<own_query> own_queries::take_expired(time_point now) {
  std::vector<own_query> expired;
  std::erase_if(open_, [&](const auto& each) {
    if (each.second.query.until > now)
      return false;
    expired.push_back(each.second.query);
    return true;
  });
  return expired;
}

std::vector<std::string> own_queries::take_repeats(time_point now) {
  std::vector<std::string> due;
  for (auto& [ltime, open] : open_) {
    if (open.repeat_at > now || open.repeat_interval == nanoseconds{0})
      continue;
    due.push_back(open.message);
    open.repeat_at = now + open.repeat_interval;
  }
  return due;
}

std::optional<time_point> own_queries::next_deadline() const {
  std::optional<time_point> first;
  for (const auto& [ltime, open] : open_) {
    const time_point due = std::min(open.repeat_at, open.query.until);
    first = std::min(first.value_or(due), due);
  }
  return first;
}

}  // namespace troupe::actors::gossip::serf
