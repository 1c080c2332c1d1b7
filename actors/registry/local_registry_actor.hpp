// This node's services and checks: takes registrations and reports, keeps them on disk, runs a
// prober for each check, and brings the catalog in line (anti-entropy). It never answers for other
// nodes and never runs a check itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "actors/registry/anti_entropy_core.hpp"
#include "actors/registry/check_rules.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

struct local_registry_settings {
  m::Node node;          // this one: id, name, address, datacenter, tagged addresses, meta
  std::string data_dir;  // empty: nothing is kept over a restart
  std::chrono::nanoseconds check_update_interval = m::limits::check_update_interval;
  bool discard_check_output = false;
  anti_entropy_options anti_entropy;
  std::chrono::nanoseconds reap_interval = m::limits::check_reap_interval;
  std::uint64_t random_seed = 0;
  bool own_thread = true;  // false: on CAF's pool, for tests in virtual time
};

// What a prober starts from.
struct prober_order {
  m::CheckDefinition definition;  // permitted by check_rules: nothing left open
  std::string type;               // as the API shows it
  definition_origin origin = definition_origin::api;
  std::string status;  // as the registry holds it
  std::string output;
  local_registry_actor registry;  // is sent the CheckUpdates
};

struct local_registry_needs {
  router_actor router;
  check_rules rules;
  // Called on the registry's thread. The registry ends the prober.
  std::function<health_prober_actor(const prober_order&)> start_prober;
  std::function<std::int64_t()> unix_now_ns;   // wall clock: how old a kept TTL report is
  std::function<std::size_t()> cluster_nodes;  // alive members of the cluster, this one included
};

local_registry_actor spawn_local_registry(caf::actor_system& system,
                                          local_registry_settings settings,
                                          local_registry_needs needs);

}  // namespace troupe::actors
