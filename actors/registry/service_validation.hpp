// A service as an agent was asked to keep it, made the service that it keeps: refuses what Consul
// 1.22.7 refuses, with its texts, and fills in what was left out. Pure; it registers nothing and
// knows nothing of other services but the ports that sidecars take.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/registry/check_rules.hpp"
#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/result.hpp"

namespace troupe::actors {

// A check of this node: what the API shows of it and what is run.
struct planned_check {
  messages::HealthCheck shown;           // node, ids, names, status, type; no indices
  messages::CheckDefinition definition;  // nothing left open
  messages::CheckDefinition asked;       // with its ids, else as it came: what is kept on disk
};

struct planned_service {
  messages::NodeService service;
  std::vector<planned_check> checks;
  std::string token;
};

// A registration: the service and, where one was asked for, its sidecar.
struct service_plan {
  planned_service main;
  std::vector<planned_service> sidecar;  // none or one
};

struct service_plan_context {
  std::string_view node;
  const check_rules& rules;
  definition_origin origin = definition_origin::api;
  // The port that the sidecar of this id has or may take; 0: none is left.
  std::function<int(const std::string& sidecar_id)> sidecar_port;
};

// Fails with errc::bad_request, or errc::failed for scripts that this agent must not run.
messages::result<service_plan> plan_service(const messages::ServiceDefinition& definition,
                                            const service_plan_context& context);

// A check that was registered by itself. `service` is that of its service_id, null without one; the
// caller has refused an id that does not exist.
messages::result<planned_check> plan_lone_check(const messages::CheckDefinition& definition,
                                                const messages::NodeService* service,
                                                const service_plan_context& context);

// What PUT /v1/agent/check/register refuses before it looks for the service.
messages::result<void> validate_lone_check(const messages::CheckDefinition& definition,
                                           const check_rules& rules);

std::string sidecar_id_of(std::string_view service_id);

// For a pair of limits::meta_pairs_max and so on. Fails with Consul's text, without the prefix.
messages::result<void> validate_service_meta(
    const google::protobuf::Map<std::string, std::string>& meta);

}  // namespace troupe::actors
