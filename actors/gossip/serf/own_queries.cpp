#include "actors/gossip/serf/own_queries.hpp"

#include <algorithm>

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

bool own_queries::add(lamport_time ltime, own_query query) {
  if (open_.size() >= messages::limits::own_queries_max)
    return false;
  return open_.emplace(ltime, waiting{query, {}, {}}).second;
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

std::optional<time_point> own_queries::next_deadline() const {
  std::optional<time_point> first;
  for (const auto& [ltime, open] : open_)
    first = std::min(first.value_or(open.query.until), open.query.until);
  return first;
}

}  // namespace troupe::actors::gossip::serf
