#include "actors/registry/local_state.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/registry/sidecar.hpp"

namespace troupe::actors {

namespace {

int severity(std::string_view status) {
  if (status == "critical")
    return 2;
  return status == "warning" ? 1 : 0;
}

bool shows_proxy(const messages::NodeService& service) {
  const auto& kind = service.kind();
  return kind == "connect-proxy" || kind == "mesh-gateway" || kind == "terminating-gateway" ||
         kind == "ingress-gateway" || kind == "api-gateway";
}

template <class Entries>
void note(Entries& removed, const std::string& id, local_state::removed_entry entry) {
  removed.insert_or_assign(id, std::move(entry));
}

template <class Entries>
void forget(Entries& removed, const std::string& id, std::uint64_t version) {
  const auto found = removed.find(id);
  if (found != removed.end() && found->second.version == version)
    removed.erase(found);
}

template <class Entries>
void mark(Entries& entries, const std::string& id, bool in_sync) {
  const auto found = entries.find(id);
  if (found != entries.end())
    found->second.sync.in_sync = in_sync;
}

}  // namespace

local_state::local_state(local_state_options options, std::mt19937_64& random)
    : options_(std::move(options)), random_(&random) {}

void local_state::change(sync_flag& flag) {
  flag.in_sync = false;
  flag.version = ++versions_;
}

// -- changes -----------------------------------------------------------------

void local_state::put_service(const planned_service& planned, definition_origin origin,
                              bool managed_sidecar) {
  const auto& id = planned.service.id();
  auto& entry = services_[id];
  entry.service = planned.service;
  entry.token = planned.token;
  entry.origin = origin;
  entry.managed_sidecar = managed_sidecar;
  change(entry.sync);
  removed_services_.erase(id);
  // Checks that stay show the service as it is now.
  for (auto& [check_id, check] : checks_) {
    if (check.shown.service_id() != id)
      continue;
    check.shown.set_service_name(planned.service.service());
    *check.shown.mutable_service_tags() = planned.service.tags();
  }
}

void local_state::put_check(const planned_check& planned, std::string token,
                            definition_origin origin) {
  const auto& id = planned.shown.check_id();
  auto& entry = checks_[id];
  const auto status = entry.shown.status();
  const auto output = entry.shown.output();
  entry.shown = planned.shown;
  if (!status.empty()) {
    entry.shown.set_status(status);
    entry.shown.set_output(output);
  }
  entry.definition = planned.definition;
  entry.token = std::move(token);
  entry.origin = origin;
  entry.output_due.reset();
  change(entry.sync);
  removed_checks_.erase(id);
}

local_state::removal local_state::remove_service(const std::string& id) {
  removal gone;
  if (!services_.contains(id))
    return gone;
  gone.services.push_back(id);
  const auto sidecar = services_.find(sidecar_id_of(id));
  if (sidecar != services_.end() && sidecar->second.managed_sidecar)
    gone.services.push_back(sidecar->first);
  for (const auto& service : gone.services) {
    for (const auto& [check_id, check] : checks_) {
      if (check.shown.service_id() == service)
        gone.checks.push_back(check_id);
    }
    services_.erase(service);
    note(removed_services_, service, {{}, ++versions_});
  }
  for (const auto& check : gone.checks)
    remove_check(check);
  return gone;
}

bool local_state::remove_check(const std::string& id) {
  const auto found = checks_.find(id);
  if (found == checks_.end())
    return false;
  note(removed_checks_, id, {found->second.shown.service_id(), ++versions_});
  checks_.erase(found);
  return true;
}

bool local_state::update_check(const std::string& id, const std::string& status,
                               const std::string& output, time_point now) {
  const auto found = checks_.find(id);
  if (found == checks_.end())
    return false;
  auto& entry = found->second;
  if (status != "critical")
    entry.critical_since.reset();
  else if (!entry.critical_since)
    entry.critical_since = now;
  const std::string kept = options_.discard_check_output ? std::string{} : output;
  const bool same_status = entry.shown.status() == status;
  if (same_status && entry.shown.output() == kept)
    return false;
  entry.shown.set_status(status);
  entry.shown.set_output(kept);
  if (!same_status || options_.check_update_interval.count() <= 0) {
    entry.output_due.reset();
    change(entry.sync);
    return true;
  }
  // Somewhere between half and one and a half intervals, so that a chatty check costs the servers
  // one write an interval and the checks of a fleet do not write together.
  entry.sync.version = ++versions_;
  if (!entry.output_due) {
    const auto interval = options_.check_update_interval.count();
    std::uniform_int_distribution<std::int64_t> stagger(0, interval - 1);
    entry.output_due = now + std::chrono::nanoseconds{interval / 2 + stagger(*random_)};
  }
  return true;
}

bool local_state::tick(time_point now) {
  bool any = false;
  for (auto& [id, entry] : checks_) {
    if (!entry.output_due || *entry.output_due > now)
      continue;
    entry.output_due.reset();
    change(entry.sync);
    any = true;
  }
  return any;
}

// -- the catalog's side ----------------------------------------------------------

void local_state::mark_service(const std::string& id, bool in_sync) {
  mark(services_, id, in_sync);
}

void local_state::mark_check(const std::string& id, bool in_sync) {
  mark(checks_, id, in_sync);
}

void local_state::adopt_tags(const std::string& id,
                             const google::protobuf::RepeatedPtrField<std::string>& tags) {
  const auto found = services_.find(id);
  if (found == services_.end())
    return;
  *found->second.service.mutable_tags() = tags;
  for (auto& [check_id, check] : checks_) {
    if (check.shown.service_id() == id)
      *check.shown.mutable_service_tags() = tags;
  }
}

void local_state::note_stray_service(const std::string& id) {
  note(removed_services_, id, {{}, ++versions_});
}

void local_state::note_stray_check(const std::string& id, const std::string& service_id) {
  note(removed_checks_, id, {service_id, ++versions_});
}

void local_state::forget_removed() {
  removed_services_.clear();
  removed_checks_.clear();
}

void local_state::service_synced(const std::string& id, std::uint64_t version) {
  const auto found = services_.find(id);
  if (found != services_.end() && found->second.sync.version == version)
    found->second.sync.in_sync = true;
}

void local_state::check_synced(const std::string& id, std::uint64_t version) {
  const auto found = checks_.find(id);
  if (found == checks_.end() || found->second.sync.version != version)
    return;
  found->second.sync.in_sync = true;
  found->second.output_due.reset();
}

void local_state::removed_service_synced(const std::string& id, std::uint64_t version) {
  forget(removed_services_, id, version);
}

void local_state::removed_check_synced(const std::string& id, std::uint64_t version) {
  forget(removed_checks_, id, version);
}

// -- what there is ------------------------------------------------------------------

bool local_state::all_in_sync() const {
  const auto in_sync = [](const auto& row) { return row.second.sync.in_sync; };
  return node_in_sync_ && removed_services_.empty() && removed_checks_.empty() &&
         std::all_of(services_.begin(), services_.end(), in_sync) &&
         std::all_of(checks_.begin(), checks_.end(), in_sync);
}

const messages::NodeService* local_state::find_service(const std::string& id) const {
  const auto found = services_.find(id);
  return found == services_.end() ? nullptr : &found->second.service;
}

const local_state::check_entry* local_state::find_check(const std::string& id) const {
  const auto found = checks_.find(id);
  return found == checks_.end() ? nullptr : &found->second;
}

messages::AgentService local_state::agent_service(const messages::NodeService& service) const {
  messages::AgentService shown;
  shown.set_kind(service.kind());
  shown.set_id(service.id());
  shown.set_service(service.service());
  *shown.mutable_tags() = service.tags();
  *shown.mutable_meta() = service.meta();
  shown.set_port(service.port());
  *shown.mutable_ports() = service.ports();
  shown.set_address(service.address());
  shown.set_socket_path(service.socket_path());
  *shown.mutable_tagged_addresses() = service.tagged_addresses();
  *shown.mutable_weights() = service.weights();
  shown.set_enable_tag_override(service.enable_tag_override());
  if (shows_proxy(service))
    *shown.mutable_proxy() = service.proxy();
  if (service.connect().native())
    shown.mutable_connect()->set_native(true);
  shown.set_datacenter(options_.datacenter);
  if (service.has_locality())
    *shown.mutable_locality() = service.locality();
  return shown;
}

messages::AgentServiceHealth local_state::health_of(const messages::NodeService& service) const {
  messages::AgentServiceHealth health;
  *health.mutable_service() = agent_service(service);
  health.set_aggregated_status("passing");
  bool maintenance = false;
  for (const auto& [id, entry] : checks_) {
    const auto& check = entry.shown;
    if (!check.service_id().empty() && check.service_id() != service.id())
      continue;
    maintenance = maintenance || is_maintenance(id);
    if (severity(check.status()) > severity(health.aggregated_status()))
      health.set_aggregated_status(check.status());
    auto& copy = *health.add_checks();
    copy = check;
    // Consul leaves these out here.
    copy.clear_type();
    copy.clear_interval();
    copy.clear_timeout();
  }
  if (maintenance)
    health.set_aggregated_status("maintenance");
  return health;
}

std::vector<std::string> local_state::to_be_reaped(time_point now) const {
  std::set<std::string> services;
  for (const auto& [id, entry] : checks_) {
    const std::chrono::nanoseconds after{entry.definition.deregister_critical_service_after()};
    if (after.count() <= 0 || !entry.critical_since || entry.shown.service_id().empty())
      continue;
    if (now - *entry.critical_since > after)
      services.insert(entry.shown.service_id());
  }
  return {services.begin(), services.end()};
}

int local_state::sidecar_port(const std::string& sidecar_id) const {
  std::set<int> taken;
  for (const auto& [id, entry] : services_) {
    const int port = entry.service.port();
    const bool in_range = port >= sidecar_port_min && port <= sidecar_port_max;
    if (id == sidecar_id && in_range)
      return port;
    taken.insert(port);
  }
  for (int port = sidecar_port_min; port <= sidecar_port_max; ++port) {
    if (!taken.contains(port))
      return port;
  }
  return 0;
}

local_state::time_point local_state::next_deadline() const {
  auto next = time_point::max();
  for (const auto& [id, entry] : checks_)
    next = std::min(next, entry.output_due.value_or(time_point::max()));
  return next;
}

// -- maintenance ------------------------------------------------------------------------

planned_check maintenance_check(std::string_view node, const messages::NodeService* service,
                                const std::string& reason) {
  planned_check planned;
  auto& shown = planned.shown;
  shown.set_node(std::string(node));
  shown.set_status("critical");
  shown.set_type("maintenance");
  if (service == nullptr) {
    shown.set_check_id(std::string(node_maintenance_id));
    shown.set_name("Node Maintenance Mode");
  } else {
    shown.set_check_id(std::string(service_maintenance_prefix) + service->id());
    shown.set_name("Service Maintenance Mode");
    shown.set_service_id(service->id());
    shown.set_service_name(service->service());
    *shown.mutable_service_tags() = service->tags();
  }
  const std::string what = service == nullptr ? "node" : "service";
  shown.set_notes(!reason.empty() ? reason
                                  : "Maintenance mode is enabled for this " + what +
                                        ", but no reason was provided. "
                                        "This is a default message.");
  planned.definition.set_id(shown.check_id());
  planned.definition.set_name(shown.name());
  planned.definition.set_notes(shown.notes());
  planned.definition.set_service_id(shown.service_id());
  planned.asked = planned.definition;
  return planned;
}

bool is_maintenance(std::string_view check_id) {
  return check_id == node_maintenance_id || check_id.starts_with(service_maintenance_prefix);
}

}  // namespace troupe::actors
