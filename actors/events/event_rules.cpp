#include "actors/events/event_rules.hpp"

#include <algorithm>

#include "messages/filter/go_regexp.hpp"

namespace troupe::actors::events {

using messages::errc;
using messages::failure;
using messages::result;
using messages::filter::compile_go_regexp;
using messages::filter::matches_anywhere;

namespace {

result<void> check_filter(const char* what, const std::string& pattern) {
  if (pattern.empty())
    return {};
  if (const auto compiled = compile_go_regexp(pattern); !compiled)
    return failure{errc::failed,
                   std::string("Invalid ") + what + " filter: " + compiled.error().detail};
  return {};
}

bool has_service(const messages::AgentEvent& event, const messages::LocalServices& services) {
  const auto name = compile_go_regexp(event.service_filter());
  // Without a filter for tags this one matches everything and is not asked.
  const auto tag = compile_go_regexp(event.tag_filter());
  if (!name || !tag)
    return false;
  return std::any_of(services.services().begin(), services.services().end(), [&](const auto& each) {
    const auto& service = each.second;
    if (!matches_anywhere(**name, service.service()))
      return false;
    return event.tag_filter().empty() ||
           std::any_of(service.tags().begin(), service.tags().end(),
                       [&](const auto& one) { return matches_anywhere(**tag, one); });
  });
}

}  // namespace

result<void> validate_event(const messages::AgentEvent& event) {
  if (event.name().empty())
    return failure{errc::failed, "User event missing name"};
  if (!event.tag_filter().empty() && event.service_filter().empty())
    return failure{errc::failed, "Cannot provide tag filter without service filter"};
  for (const auto& [what, pattern] :
       {std::pair{"node", event.node_filter()}, std::pair{"service", event.service_filter()},
        std::pair{"tag", event.tag_filter()}}) {
    if (auto valid = check_filter(what, pattern); !valid)
      return valid;
  }
  return {};
}

bool is_meant_for(const messages::AgentEvent& event, const std::string& node,
                  const messages::LocalServices& services) {
  if (event.version() > event_version)
    return false;
  if (!event.node_filter().empty()) {
    const auto wanted = compile_go_regexp(event.node_filter());
    if (!wanted || !matches_anywhere(**wanted, node))
      return false;
  }
  return event.service_filter().empty() || has_service(event, services);
}

}  // namespace troupe::actors::events
