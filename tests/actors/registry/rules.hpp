// The rules for checks as an agent wires them: those of actors/health.
#pragma once

#include <string>
#include <utility>

#include "actors/health/check_result.hpp"
#include "actors/health/check_validation.hpp"
#include "actors/registry/check_rules.hpp"

namespace troupe::tests {

inline actors::check_rules health_rules(actors::check_policy policy = {}) {
  actors::check_rules rules;
  rules.validate = actors::validate_check;
  rules.permit =
      [policy](const messages::CheckDefinition& definition,
               actors::definition_origin origin) -> messages::result<actors::permitted_check> {
    const auto from = origin == actors::definition_origin::api
                          ? actors::check_origin::api
                          : actors::check_origin::configuration;
    auto plan = actors::plan_check(definition, policy, from);
    if (!plan)
      return plan.error();
    return actors::permitted_check{std::string(actors::check_type_name(definition)),
                                   std::move(plan->definition)};
  };
  rules.cut_output = [](std::string output, std::size_t bytes_max) {
    return actors::to_valid_utf8(actors::cut_output(std::move(output), bytes_max));
  };
  return rules;
}

}  // namespace troupe::tests
