// What an agent is asked to run, made safe to run: refuses what Consul 1.22.7 refuses, with its
// texts, and fills in what was left out. Pure; it starts nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "messages/agent.pb.h"
#include "messages/limits.hpp"
#include "messages/result.hpp"

namespace troupe::actors {

enum class check_kind : std::uint8_t {
  ttl,
  http,
  tcp,
  udp,
  grpc,
  docker,
  os_service,
  script,
  h2ping,
  alias,
};

// What this agent permits (configuration).
struct check_policy {
  std::size_t output_bytes_max = messages::limits::check_output_bytes_max;  // check_output_max_size
  bool scripts_from_api = false;                                            // enable_script_checks
  bool scripts_from_configuration = false;  // that, or enable_local_script_checks
};

enum class check_origin : std::uint8_t { api, configuration };

// A check that may be run.
struct check_plan {
  check_kind kind = check_kind::ttl;
  // With nothing left open: interval at least 1 s (where there is one), timeout set, thresholds
  // set, deregister_critical_service_after 0 or at least 1 min, output_max_size set.
  messages::CheckDefinition definition;
};

// Is it a check at all? Fails with errc::bad_request and a text that starts with "Invalid check: ".
// Does not look at name, id or status: the endpoints word those differently.
messages::result<void> validate_check(const messages::CheckDefinition& definition);

// validate_check(), then what this agent can and may run: errc::failed otherwise. Where several
// kinds are given one is chosen: ttl, http, tcp, udp, grpc, docker, os_service, script, h2ping,
// alias, in that order.
messages::result<check_plan> plan_check(const messages::CheckDefinition& definition,
                                        const check_policy& policy, check_origin origin);

// The Type that the API shows: "http", "ttl", ...; "" for none.
std::string_view check_type_name(const messages::CheckDefinition& definition);

}  // namespace troupe::actors
