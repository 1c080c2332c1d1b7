// Runs one check: owns its core (when, and what a result means) and its probe (how), and tells the
// local registry what the check has become. Decides nothing itself, keeps nothing on disk, blocks
// nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include <caf/fwd.hpp>

#include "actors/health/check_alias.hpp"
#include "actors/health/check_core.hpp"
#include "actors/health/check_validation.hpp"
#include "actors/health/probes/probe.hpp"
#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"

namespace troupe::actors {

struct health_prober_needs {
  local_registry_actor registry;
  router_actor router;                  // for an alias of another node's service
  probe_environment* probes = nullptr;  // of the io_thread that the prober lives on; outlives it
  std::string own_node;                 // name of this node
  std::uint64_t seed = 0;               // another for each prober: it spreads their first runs
};

struct health_prober_options {
  std::string check_id;
  check_plan plan;
  check_result initial;  // what the registry shows until the first result
};

class health_prober : public io_actor<health_prober_actor> {
 public:
  health_prober(caf::actor_config& config, io_thread& home, health_prober_options options,
                health_prober_needs needs);

  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  // -- from the registry ---------------------------------------------------

  void on_ttl_report(const messages::TtlReport& report);
  void on_check_states(const messages::CheckStates& states);

  // -- an alias of another node --------------------------------------------

  void ask_for_checks();
  void on_checks(const messages::HealthChecks& answer);
  void ask_whether_target_exists(messages::HealthChecks checks);
  void on_query_failed(const caf::error& why);
  void ask_again_later();

  // -- its own -----------------------------------------------------------------

  void on_tick();
  void report(check_result result);
  void carry_out();
  void arm();
  check_core::time_point now();

  health_prober_options options_;
  health_prober_needs needs_;
  std::mt19937_64 random_;
  std::unique_ptr<check_core> core_;  // from make_behavior() on
  std::unique_ptr<probe> probe_;      // null for ttl and alias
  alias_target alias_;
  bool asks_for_alias_ = false;  // an alias of another node
  std::uint64_t alias_index_ = 0;
  int alias_failures_ = 0;  // in a row
  check_core::time_point alias_due_ = check_core::time_point::max();
  check_core::time_point armed_for_ = check_core::time_point::max();  // the tick that is under way
};

// On `home`, whose io_context needs.probes was made for. Ends on an exit message; after it no more
// updates are sent, but one sent before may still be in the registry's mailbox.
health_prober_actor spawn_health_prober(caf::actor_system& system, io_thread& home,
                                        health_prober_options options, health_prober_needs needs);

}  // namespace troupe::actors
