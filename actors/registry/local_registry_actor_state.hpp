// The state of local_registry_actor; private to this folder. Requests are answered in
// local_registry_actor.cpp; probers, files and anti-entropy are in local_registry_actor_duties.cpp;
// a reload of the configuration is in local_registry_actor_configured.cpp.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/registry/catalog_diff.hpp"
#include "actors/registry/local_registry_actor.hpp"
#include "actors/registry/local_state.hpp"
#include "actors/registry/registry_store.hpp"

namespace troupe::actors {

class local_registry_state {
 public:
  using pointer = local_registry_actor::stateful_pointer<local_registry_state>;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr const char* name = "local_registry";

  explicit local_registry_state(pointer self);
  ~local_registry_state();

  local_registry_actor::behavior_type start(local_registry_settings settings,
                                            local_registry_needs needs);

  // What a configuration names, by id.
  struct named_ids {
    std::map<std::string, m::NodeService> services;
    std::set<std::string> checks;
  };

 private:
  struct prober {
    health_prober_actor handle;
    time_point reported;  // of a TTL check: its last report, else its start
  };
  // A request that waits until a service looks different.
  struct hash_waiter {
    std::string service_id;
    std::string hash;
    time_point deadline;
    caf::typed_response_promise<m::LocalService> promise;
  };
  // A registration whose answer waits until its change was sent, so that its client finds in the
  // catalog what it registered.
  struct change_waiter {
    std::uint64_t round = 0;  // of commands; this one or a later one carries the change
    time_point deadline;
    caf::typed_response_promise<m::Done> promise;
  };
  // One round of commands to the catalog: at most so many are under way.
  struct sending {
    std::vector<sync_step> steps;
    std::size_t next = 0;
    std::size_t under_way = 0;
    bool all_applied = true;
  };

  // -- requests ------------------------------------------------------------

  caf::result<m::Done> on_register_service(const m::RegisterService& request);
  caf::result<m::Done> on_deregister_service(const m::DeregisterService& request);
  caf::result<m::Done> on_register_check(const m::RegisterCheck& request);
  caf::result<m::Done> on_deregister_check(const m::DeregisterCheck& request);
  caf::result<m::Done> on_ttl_report(const m::UpdateTtlCheck& report);
  caf::result<m::Done> on_maintenance(const m::SetMaintenance& request);
  caf::result<m::Done> on_configured(const m::ConfiguredDefinitions& all);
  caf::result<m::LocalServices> on_services(const m::LocalServicesQuery& query);
  caf::result<m::LocalService> on_service(const m::LocalServiceQuery& query);
  caf::result<m::LocalChecks> on_checks(const m::LocalChecksQuery& query);
  caf::result<m::LocalHealth> on_health(const m::LocalHealthQuery& query);

  // -- from probers and from its own timer -----------------------------------

  void on_check_update(const m::CheckUpdate& update);
  void on_tick();

  // -- registrations -----------------------------------------------------------

  service_plan_context plan_context(definition_origin origin) const;
  m::result<void> check_write_allowed(const std::string& token, const std::string& service_id);
  void apply(const service_plan& plan, definition_origin origin, bool replace_checks);
  void apply(const planned_service& planned, definition_origin origin, bool sidecar);
  void apply(const planned_check& planned, const std::string& token, definition_origin origin);
  void drop_other_checks(const planned_service& planned);
  void drop_service(const std::string& id);
  void drop_check(const std::string& id);

  // -- a reload ------------------------------------------------------------------

  m::result<named_ids> plan_configured(const m::ConfiguredDefinitions& all) const;
  const m::NodeService* service_after_reload(const std::string& id, const named_ids& named) const;
  void drop_unnamed(const named_ids& named);

  // -- files ---------------------------------------------------------------------

  m::result<void> keep(const service_plan& plan, const m::RegisterService& request);
  m::result<void> keep(const planned_check& planned, const std::string& token,
                       definition_origin origin);
  void keep_report(const std::string& check_id);
  void forget_service_file(const std::string& id);
  void forget_check_file(const std::string& id);
  void restore();
  void restore_service(const m::RegisterService& kept);
  void restore_check(const m::RegisterCheck& kept);
  void restore_report(const local_state::check_entry& check);

  // -- probers ---------------------------------------------------------------------

  void start_prober(const local_state::check_entry& check);
  void stop_prober(const std::string& check_id);
  // A check of that service (empty: of the node) is new, gone or different.
  void tell_aliases(const std::string& service_id);
  void tell_alias(const local_state::check_entry& alias);

  // -- anti-entropy ------------------------------------------------------------------

  void changed();
  // changed(), and the answer to who asked for it.
  caf::result<m::Done> changed_for(definition_origin origin);
  void answer_change_waiters();
  void turn();
  void read_catalog();
  void read_catalog_checks(m::NodeServices services);
  void catalog_unread(const caf::error& why);
  void send_changes();
  void send_next_steps();
  void propose(std::size_t step);
  void on_proposed(std::size_t step, const m::CommandResult& outcome);
  void on_not_proposed(const caf::error& why, std::size_t step);
  void step_ended();

  // -- time ------------------------------------------------------------------------

  time_point now() const;
  void reap();
  void answer_waiters();
  bool answer_if_due(hash_waiter& waiter);
  void schedule_tick();
  time_point next_deadline() const;

  pointer self_;
  local_registry_settings settings_;
  local_registry_needs needs_;
  std::mt19937_64 random_;
  std::optional<local_state> state_;
  std::optional<anti_entropy_core> core_;
  std::optional<registry_store> store_;
  std::map<std::string, prober> probers_;  // by check
  std::vector<hash_waiter> waiters_;
  std::vector<change_waiter> change_waiters_;  // rounds ascend
  sending sending_;
  std::uint64_t rounds_ = 0;  // of commands, begun so far
  bool sending_now_ = false;
  time_point reap_due_ = time_point::max();
  time_point tick_at_ = time_point::max();  // of the tick under way
};

}  // namespace troupe::actors
