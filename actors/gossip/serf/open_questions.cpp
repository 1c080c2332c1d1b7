#include "actors/gossip/serf/open_questions.hpp"

#include <utility>

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

question_ticket open_questions::add(query_origin origin) {
  if (open_.size() >= messages::limits::open_questions_max)
    close(by_end_.begin()->second);
  const question_ticket ticket{++last_ticket_};
  by_end_.emplace(origin.until, ticket);
  open_.emplace(ticket, std::move(origin));
  return ticket;
}

std::optional<query_origin> open_questions::find(question_ticket ticket) const {
  const auto open = open_.find(ticket);
  return open == open_.end() ? std::nullopt : std::optional{open->second};
}

void open_questions::close(question_ticket ticket) {
  const auto open = open_.find(ticket);
  if (open == open_.end())
    return;
  auto [at, last] = by_end_.equal_range(open->second.until);
  while (at != last)
    at = at->second == ticket ? by_end_.erase(at) : std::next(at);
  open_.erase(open);
}

void open_questions::drop_expired(time_point now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now)
    close(by_end_.begin()->second);
}

std::optional<time_point> open_questions::next_deadline() const {
  return by_end_.empty() ? std::nullopt : std::optional{by_end_.begin()->first};
}

}  // namespace troupe::actors::gossip::serf
