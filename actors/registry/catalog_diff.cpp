#include "actors/registry/catalog_diff.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <google/protobuf/util/message_differencer.h>

namespace troupe::actors {

namespace {

using google::protobuf::util::MessageDifferencer;
using messages::HealthCheck;
using messages::Node;
using messages::NodeService;

constexpr std::string_view leaders_check = "serfHealth";
constexpr std::string_view leaders_service = "consul";
// The servers' to give: see storage/virtual_ips.hpp.
constexpr const char* virtual_address_tag = "consul-virtual";

// Unset and empty messages are the same to the catalog.
NodeService comparable(NodeService service) {
  service.clear_node();
  service.clear_create_index();
  service.clear_modify_index();
  service.mutable_tagged_addresses()->erase(virtual_address_tag);
  service.mutable_weights();
  auto& proxy = *service.mutable_proxy();
  proxy.mutable_config();
  proxy.mutable_mesh_gateway();
  proxy.mutable_expose();
  proxy.mutable_transparent_proxy();
  proxy.mutable_access_logs();
  service.mutable_connect();
  service.mutable_locality();
  return service;
}

// The service's name and tags are the catalog's to fill in.
HealthCheck comparable(HealthCheck check, bool with_output) {
  check.clear_node();
  check.clear_service_name();
  check.clear_service_tags();
  check.clear_create_index();
  check.clear_modify_index();
  check.mutable_definition();
  if (!with_output)
    check.clear_output();
  return check;
}

bool same(const NodeService& a, const NodeService& b) {
  return MessageDifferencer::Equals(comparable(a), comparable(b));
}

bool same(const HealthCheck& a, const HealthCheck& b, bool with_output) {
  return MessageDifferencer::Equals(comparable(a, with_output), comparable(b, with_output));
}

bool same_node(const Node& a, const Node& b) {
  Node left = a;
  Node right = b;
  for (Node* node : {&left, &right}) {
    node->clear_create_index();
    node->clear_modify_index();
    node->clear_datacenter();
    node->mutable_locality();
  }
  return MessageDifferencer::Equals(left, right);
}

void compare_services(local_state& state, const messages::NodeServices& catalog) {
  std::set<std::string> seen;
  for (const auto& row : catalog.services()) {
    seen.insert(row.id());
    const auto* own = state.find_service(row.id());
    if (own == nullptr) {
      if (row.id() != leaders_service)
        state.note_stray_service(row.id());
      continue;
    }
    if (own->enable_tag_override())
      state.adopt_tags(row.id(), row.tags());
    state.mark_service(row.id(), same(*own, row));
  }
  for (const auto& [id, entry] : state.services()) {
    if (!seen.contains(id))
      state.mark_service(id, false);
  }
}

void compare_checks(local_state& state, const messages::HealthChecks& catalog) {
  std::set<std::string> seen;
  for (const auto& row : catalog.checks()) {
    seen.insert(row.check_id());
    const auto* own = state.find_check(row.check_id());
    if (own == nullptr) {
      if (row.check_id() != leaders_check)
        state.note_stray_check(row.check_id(), row.service_id());
      continue;
    }
    // An output that waits for its time is not a difference.
    state.mark_check(row.check_id(), same(own->shown, row, !own->output_due));
  }
  for (const auto& [id, entry] : state.checks()) {
    if (!seen.contains(id))
      state.mark_check(id, false);
  }
}

// -- steps -------------------------------------------------------------------

messages::RegisterRequest registration(const local_state& state, const Node& node) {
  messages::RegisterRequest request;
  request.set_datacenter(node.datacenter());
  request.set_id(node.id());
  request.set_node(node.node());
  request.set_address(node.address());
  *request.mutable_tagged_addresses() = node.tagged_addresses();
  *request.mutable_node_meta() = node.meta();
  if (node.has_locality())
    *request.mutable_locality() = node.locality();
  // With the node itself out of date every command carries it: whichever comes first, the node is
  // there before its services.
  request.set_skip_node_update(state.node_in_sync());
  return request;
}

sync_step registration_step(const local_state& state, messages::RegisterRequest request,
                            std::string token, std::vector<sync_mark> marks) {
  sync_step step;
  *step.command.mutable_register_() = std::move(request);
  step.token = std::move(token);
  step.marks = std::move(marks);
  if (!state.node_in_sync())
    step.marks.push_back({sync_mark::item::node, {}, 0});
  return step;
}

sync_step deregistration_step(const Node& node, const std::string& service,
                              const std::string& check) {
  sync_step step;
  auto& request = *step.command.mutable_deregister();
  request.set_datacenter(node.datacenter());
  request.set_node(node.node());
  request.set_service_id(service);
  request.set_check_id(check);
  return step;
}

void add_removals(const local_state& state, const Node& node, std::vector<sync_step>& steps) {
  std::map<std::string, std::size_t> step_of_service;
  for (const auto& [id, entry] : state.removed_services()) {
    step_of_service[id] = steps.size();
    steps.push_back(deregistration_step(node, id, {}));
    steps.back().marks.push_back({sync_mark::item::removed_service, id, entry.version});
  }
  for (const auto& [id, entry] : state.removed_checks()) {
    const sync_mark mark{sync_mark::item::removed_check, id, entry.version};
    const auto with = step_of_service.find(entry.service_id);
    if (with != step_of_service.end()) {
      steps[with->second].marks.push_back(mark);
      continue;
    }
    steps.push_back(deregistration_step(node, {}, id));
    steps.back().marks.push_back(mark);
  }
}

using checks_by_service = std::map<std::string, std::vector<const local_state::check_entry*>>;

void add_checks(const std::vector<const local_state::check_entry*>& checks,
                messages::RegisterRequest& request, std::vector<sync_mark>& marks) {
  for (const auto* check : checks) {
    *request.add_checks() = check->shown;
    marks.push_back({sync_mark::item::check, check->shown.check_id(), check->sync.version});
  }
}

checks_by_service checks_out_of_sync(const local_state& state) {
  checks_by_service checks;
  for (const auto& [id, entry] : state.checks()) {
    if (!entry.sync.in_sync)
      checks[entry.shown.service_id()].push_back(&entry);
  }
  return checks;
}

}  // namespace

void compare_with_catalog(local_state& state, const Node& node,
                          const messages::NodeServices& services,
                          const messages::HealthChecks& checks) {
  state.set_node_in_sync(services.has_node() && same_node(node, services.node()));
  state.forget_removed();
  compare_services(state, services);
  compare_checks(state, checks);
}

std::vector<sync_step> pending_steps(const local_state& state, const Node& node) {
  std::vector<sync_step> steps;
  add_removals(state, node, steps);
  const auto first_registration = steps.size();
  auto checks = checks_out_of_sync(state);
  for (const auto& [id, entry] : state.services()) {
    if (entry.sync.in_sync)
      continue;
    auto request = registration(state, node);
    *request.mutable_service() = entry.service;
    std::vector<sync_mark> marks{{sync_mark::item::service, id, entry.sync.version}};
    add_checks(checks[id], request, marks);
    checks.erase(id);
    steps.push_back(registration_step(state, std::move(request), entry.token, std::move(marks)));
  }
  for (const auto& [service, rows] : checks) {
    auto request = registration(state, node);
    std::vector<sync_mark> marks;
    add_checks(rows, request, marks);
    steps.push_back(
        registration_step(state, std::move(request), rows.front()->token, std::move(marks)));
  }
  if (!state.node_in_sync() && steps.size() == first_registration)
    steps.push_back(registration_step(state, registration(state, node), {}, {}));
  return steps;
}

void mark_done(local_state& state, const sync_step& step) {
  using item = sync_mark::item;
  for (const auto& mark : step.marks) {
    switch (mark.what) {
      case item::node:
        state.set_node_in_sync(true);
        break;
      case item::service:
        state.service_synced(mark.id, mark.version);
        break;
      case item::check:
        state.check_synced(mark.id, mark.version);
        break;
      case item::removed_service:
        state.removed_service_synced(mark.id, mark.version);
        break;
      case item::removed_check:
        state.removed_check_synced(mark.id, mark.version);
        break;
    }
  }
}

}  // namespace troupe::actors
