#include "actors/health/check_alias.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "messages/go_quote.hpp"

namespace troupe::actors {

namespace {

using checks_of_node = google::protobuf::RepeatedPtrField<messages::HealthCheck>;

bool concerns(const alias_target& target, const messages::HealthCheck& check) {
  if (!target.node.empty() && target.node != check.node())
    return false;
  return check.service_id().empty() || check.service_id() == target.service_id;
}

}  // namespace

bool has_check_of(const alias_target& target, const checks_of_node& checks) {
  return std::any_of(checks.begin(), checks.end(), [&](const auto& check) {
    return concerns(target, check) && check.service_id() == target.service_id;
  });
}

check_result evaluate_alias(const alias_target& target, const alias_view& view) {
  if (!target.service_id.empty() && view.service_missing)
    return {check_status::critical, fmt::format("Service {} could not be found on node {}",
                                                target.service_id, target.node)};
  check_result worst{check_status::passing, "No checks found."};
  for (const auto& check : view.checks) {
    if (!concerns(target, check))
      continue;
    const auto status = parse_check_status(check.status()).value_or(check_status::critical);
    if (status == check_status::passing) {
      if (worst.status == check_status::passing)
        worst.output = "All checks passing.";
      continue;
    }
    worst = {status, fmt::format("Aliased check {} failing: {}", messages::go_quote(check.name()),
                                 check.output())};
    if (status == check_status::critical)
      break;
  }
  return worst;
}

}  // namespace troupe::actors
