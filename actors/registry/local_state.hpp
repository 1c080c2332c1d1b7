// This node's services and checks as they are now, and which of them the catalog has not got yet.
// Pure: time and randomness are passed in. It never validates (service_validation), never talks to
// the catalog (catalog_diff makes the commands) and keeps no files (registry_store).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "actors/registry/service_validation.hpp"
#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"

namespace troupe::actors {

inline constexpr std::string_view node_maintenance_id = "_node_maintenance";
inline constexpr std::string_view service_maintenance_prefix = "_service_maintenance:";

struct local_state_options {
  std::string datacenter;
  std::chrono::nanoseconds check_update_interval{};  // 0: every change of an output is news
  bool discard_check_output = false;
};

// Whether the catalog has an item. `version` moves with every change, so that an answer about an
// older state of the item does not count.
struct sync_flag {
  bool in_sync = false;
  std::uint64_t version = 0;
};

class local_state {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  struct service_entry {
    messages::NodeService service;
    std::string token;
    definition_origin origin = definition_origin::api;
    bool managed_sidecar = false;  // goes with the service it stands before
    sync_flag sync;
  };
  struct check_entry {
    messages::HealthCheck shown;
    messages::CheckDefinition definition;
    std::string token;
    definition_origin origin = definition_origin::api;
    std::optional<time_point> critical_since;
    std::optional<time_point> output_due;  // a changed output is sent then
    sync_flag sync;
  };
  // What the catalog may still have. A service's checks go with it.
  struct removed_entry {
    std::string service_id;  // of a check; empty: of the node
    std::uint64_t version = 0;
  };
  struct removal {
    std::vector<std::string> services;
    std::vector<std::string> checks;
  };

  local_state(local_state_options options, std::mt19937_64& random);

  // -- changes -------------------------------------------------------------

  void put_service(const planned_service& planned, definition_origin origin, bool managed_sidecar);
  // A check that keeps its id keeps its status and output.
  void put_check(const planned_check& planned, std::string token, definition_origin origin);
  // With its checks, its managed sidecar and that one's checks. Nothing if it is unknown.
  removal remove_service(const std::string& id);
  bool remove_check(const std::string& id);
  // Whether anything that a client sees changed. Unknown checks are passed over.
  bool update_check(const std::string& id, const std::string& status, const std::string& output,
                    time_point now);
  // Outputs whose time has come are out of sync from now on. Whether there were any.
  bool tick(time_point now);

  // -- the catalog's side --------------------------------------------------------

  void set_node_in_sync(bool in_sync) { node_in_sync_ = in_sync; }
  void mark_service(const std::string& id, bool in_sync);
  void mark_check(const std::string& id, bool in_sync);
  void adopt_tags(const std::string& id,
                  const google::protobuf::RepeatedPtrField<std::string>& tags);
  // The catalog has a service or check that this node does not know.
  void note_stray_service(const std::string& id);
  void note_stray_check(const std::string& id, const std::string& service_id);
  // The catalog was read and had none of what was removed before.
  void forget_removed();
  // A command about that version of the item is applied.
  void service_synced(const std::string& id, std::uint64_t version);
  void check_synced(const std::string& id, std::uint64_t version);
  void removed_service_synced(const std::string& id, std::uint64_t version);
  void removed_check_synced(const std::string& id, std::uint64_t version);

  // -- what there is ----------------------------------------------------------------

  const std::map<std::string, service_entry>& services() const { return services_; }
  const std::map<std::string, check_entry>& checks() const { return checks_; }
  const std::map<std::string, removed_entry>& removed_services() const { return removed_services_; }
  const std::map<std::string, removed_entry>& removed_checks() const { return removed_checks_; }
  bool node_in_sync() const { return node_in_sync_; }
  bool all_in_sync() const;

  const messages::NodeService* find_service(const std::string& id) const;
  const check_entry* find_check(const std::string& id) const;

  messages::AgentService agent_service(const messages::NodeService& service) const;
  // Its own checks and the node's. As /v1/agent/health shows it: the worst status, or
  // "maintenance".
  messages::AgentServiceHealth health_of(const messages::NodeService& service) const;
  // Services with a check that has been critical for longer than it may be.
  std::vector<std::string> to_be_reaped(time_point now) const;
  // The port the sidecar has, else the lowest that no service has; 0: none is left.
  int sidecar_port(const std::string& sidecar_id) const;
  // tick() is due then; max(): never.
  time_point next_deadline() const;

 private:
  void change(sync_flag& flag);

  local_state_options options_;
  std::mt19937_64* random_;
  std::map<std::string, service_entry> services_;
  std::map<std::string, check_entry> checks_;
  std::map<std::string, removed_entry> removed_services_;
  std::map<std::string, removed_entry> removed_checks_;
  std::uint64_t versions_ = 0;
  bool node_in_sync_ = false;
};

// The check that stands for maintenance of the node (service null) or of a service. An empty reason
// becomes Consul's default text.
planned_check maintenance_check(std::string_view node, const messages::NodeService* service,
                                const std::string& reason);

bool is_maintenance(std::string_view check_id);

}  // namespace troupe::actors
