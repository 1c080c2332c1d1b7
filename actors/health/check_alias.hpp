// What an alias check becomes from the checks of what it mirrors. Pure.
#pragma once

#include <string>

#include <google/protobuf/repeated_ptr_field.h>

#include "actors/health/check_result.hpp"
#include "messages/catalog.pb.h"

namespace troupe::actors {

struct alias_target {
  std::string node;        // empty: this agent's
  std::string service_id;  // empty: the node itself
};

struct alias_view {
  const google::protobuf::RepeatedPtrField<messages::HealthCheck>& checks;
  bool service_missing = false;  // the target is known not to exist
};

// The worst of the target's own checks and its node's; checks of other services and nodes are
// passed over.
check_result evaluate_alias(const alias_target& target, const alias_view& view);

// Whether any of the checks is the target service's own: if so it exists.
bool has_check_of(const alias_target& target,
                  const google::protobuf::RepeatedPtrField<messages::HealthCheck>& checks);

}  // namespace troupe::actors
