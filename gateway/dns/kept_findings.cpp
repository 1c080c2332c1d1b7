#include "gateway/dns/kept_findings.hpp"

#include <utility>

#include "messages/limits.hpp"

namespace troupe::gateway::dns {

namespace limits = messages::limits;

const findings* kept_findings::find(std::string_view key, time_point now) const {
  const auto kept = entries_.find(key);
  if (kept == entries_.end() || now - kept->second.asked_at > limits::dns_rows_age_max)
    return nullptr;
  return kept->second.found.get();
}

void kept_findings::keep(const std::string& key, std::shared_ptr<const findings> found,
                         time_point asked_at) {
  const auto more = found->instances.size();
  const bool is_full = entries_.size() >= limits::dns_rows_kept_max ||
                       instances_ + more > limits::dns_rows_instances_max;
  if (is_full)
    sweep(asked_at);
  auto& place = entries_[key];
  if (place.found)
    instances_ -= place.found->instances.size();
  const bool fits = entries_.size() <= limits::dns_rows_kept_max &&
                    instances_ + more <= limits::dns_rows_instances_max;
  if (!fits) {
    entries_.erase(key);
    return;
  }
  instances_ += more;
  place = {std::move(found), asked_at};
}

void kept_findings::sweep(time_point now) {
  std::erase_if(entries_, [&](const auto& each) {
    const bool old = now - each.second.asked_at > limits::dns_rows_age_max;
    if (old)
      instances_ -= each.second.found->instances.size();
    return old;
  });
}

}  // namespace troupe::gateway::dns
