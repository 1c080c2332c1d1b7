#include "actors/gossip/serf/recent_intents.hpp"

#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

bool recent_intents::keep(std::string_view name, const intent& seen) {
  const auto known = intents_.find(name);
  if (known == intents_.end()) {
    if (intents_.size() >= messages::limits::buffered_intents_max)
      return false;
    intents_.emplace(std::string{name}, seen);
    return true;
  }
  if (seen.ltime <= known->second.ltime)
    return false;
  known->second = seen;
  return true;
}

std::optional<recent_intents::intent> recent_intents::take(std::string_view name) {
  const auto known = intents_.find(name);
  if (known == intents_.end())
    return std::nullopt;
  const auto found = known->second;
  intents_.erase(known);
  return found;
}

void recent_intents::drop_older_than(time_point since) {
  std::erase_if(intents_, [since](const auto& entry) { return entry.second.since < since; });
}

}  // namespace troupe::actors::gossip::serf
