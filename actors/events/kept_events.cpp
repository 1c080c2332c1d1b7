#include "actors/events/kept_events.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::actors::events {

using messages::errc;
using messages::failure;
namespace limits = messages::limits;

namespace {

// What a list without events says: 0 would mean "do not wait" when it is given back.
constexpr std::uint64_t index_of_nothing = 1;
constexpr std::size_t uuid_length = 36;

std::optional<std::uint64_t> from_hex(const std::string& digits) {
  std::uint64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, number, 16);
  if (error != std::errc{} || stopped != end)
    return std::nullopt;
  return number;
}

}  // namespace

std::uint64_t index_of_event(std::string_view id) {
  if (id.size() != uuid_length)
    return index_of_nothing;
  std::string digits;
  std::copy_if(id.begin(), id.end(), std::back_inserter(digits), [](char c) { return c != '-'; });
  constexpr std::size_t half = 16;
  if (digits.size() != 2 * half)
    return index_of_nothing;
  const auto low = from_hex(digits.substr(0, half));
  const auto high = from_hex(digits.substr(half));
  if (!low || !high || *low == *high)
    return index_of_nothing;
  return *low ^ *high;
}

std::vector<wait_id> kept_events::add(messages::AgentEvent event) {
  events_.push_back(std::move(event));
  if (events_.size() > limits::kept_events_max)
    events_.pop_front();
  std::vector<wait_id> over;
  for (const auto& [id, who] : waiting_) {
    if (index_of(who.name) != who.index)
      over.push_back({id});
  }
  return over;
}

std::uint64_t kept_events::index_of(const std::string& name) const {
  const auto newest = std::find_if(events_.rbegin(), events_.rend(), [&](const auto& event) {
    return name.empty() || event.name() == name;
  });
  return newest == events_.rend() ? index_of_nothing : index_of_event(newest->id());
}

messages::AgentEvents kept_events::list(const std::string& name) const {
  messages::AgentEvents listed;
  for (const auto& event : events_) {
    if (name.empty() || event.name() == name)
      *listed.add_events() = event;
  }
  listed.mutable_meta()->set_index(index_of(name));
  return listed;
}

messages::result<wait_id> kept_events::wait(waiting who) {
  if (waiting_.size() >= limits::waiting_event_lists_max)
    return failure{errc::too_many_requests, "too many blocking queries are waiting for events"};
  waiting_.emplace(++last_wait_, std::move(who));
  return wait_id{last_wait_};
}

std::optional<wait_id> kept_events::find(std::uint64_t ticket) const {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [ticket](const auto& each) {
    return ticket != 0 && each.second.ticket == ticket;
  });
  if (found == waiting_.end())
    return std::nullopt;
  return wait_id{found->first};
}

std::vector<wait_id> kept_events::due(time_point now) const {
  std::vector<wait_id> over;
  for (const auto& [id, who] : waiting_) {
    if (who.deadline <= now)
      over.push_back({id});
  }
  return over;
}

std::optional<time_point> kept_events::next_deadline() const {
  std::optional<time_point> next;
  for (const auto& [id, who] : waiting_)
    next = next ? std::min(*next, who.deadline) : who.deadline;
  return next;
}

}  // namespace troupe::actors::events
