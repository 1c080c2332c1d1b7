#include "actors/leader/member_reconcile.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

#include <google/protobuf/util/message_differencer.h>

namespace troupe::actors {

namespace {

using google::protobuf::util::MessageDifferencer;
using messages::HealthCheck;
using messages::Member;
using messages::Node;
using messages::NodeService;

constexpr const char* serf_health_id = "serfHealth";
constexpr int alive = 1;
constexpr int leaving = 2;
constexpr int left = 3;
constexpr int failed = 4;

std::string tag(const Member& member, const char* name) {
  const auto found = member.tags().find(name);
  return found == member.tags().end() ? std::string{} : found->second;
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "1.22.7:" names a build without a revision.
std::string version_of(const std::string& build) {
  return build.substr(0, build.find(':'));
}

const char* true_or_false(const std::string& flag) {
  return flag == "1" ? "true" : "false";
}

bool is_server(const Member& member) {
  return tag(member, "role") == "consul";
}

NodeService server_service(const Member& member) {
  NodeService service;
  service.set_id("consul");
  service.set_service("consul");
  service.set_port(number(tag(member, "port")));
  service.mutable_weights()->set_passing(1);
  service.mutable_weights()->set_warning(1);
  auto& meta = *service.mutable_meta();
  meta["non_voter"] = true_or_false(tag(member, "nonvoter"));
  meta["read_replica"] = true_or_false(tag(member, "read_replica"));
  meta["raft_version"] = tag(member, "raft_vsn");
  meta["serf_protocol_current"] = std::to_string(member.protocol_cur());
  meta["serf_protocol_min"] = std::to_string(member.protocol_min());
  meta["serf_protocol_max"] = std::to_string(member.protocol_max());
  meta["version"] = version_of(tag(member, "build"));
  for (const char* port : {"grpc_port", "grpc_tls_port"}) {
    if (number(tag(member, port)) > 0)
      meta[port] = tag(member, port);
  }
  return service;
}

HealthCheck serf_health(const Member& member) {
  HealthCheck check;
  check.set_node(member.name());
  check.set_check_id(serf_health_id);
  check.set_name("Serf Health Status");
  const bool well = member.status() != failed;
  check.set_status(well ? "passing" : "critical");
  check.set_output(well ? "Agent alive and reachable" : "Agent not live or unreachable");
  return check;
}

Node wanted_node(const Member& member, const member_rows& rows, const Node& self) {
  Node node = member.name() == self.node() ? self : rows.services.node();
  if (const auto id = tag(member, "id"); !id.empty())
    node.set_id(id);
  if (const auto version = version_of(tag(member, "build")); !version.empty())
    (*node.mutable_meta())["consul-version"] = version;
  node.set_node(member.name());
  node.set_address(member.addr());
  node.set_datacenter(self.datacenter());
  node.clear_create_index();
  node.clear_modify_index();
  return node;
}

bool has_node(const member_rows& rows, const Node& wanted) {
  if (!rows.services.has_node() || rows.services.node().node().empty())
    return false;
  Node row = rows.services.node();
  row.clear_create_index();
  row.clear_modify_index();
  row.set_datacenter(wanted.datacenter());
  Node other = wanted;
  row.mutable_locality();
  other.mutable_locality();
  return MessageDifferencer::Equals(row, other);
}

bool has_service(const member_rows& rows, const NodeService& wanted) {
  const auto& services = rows.services.services();
  return std::any_of(services.begin(), services.end(), [&](const NodeService& row) {
    if (row.id() != wanted.id() || row.port() != wanted.port() ||
        row.meta_size() != wanted.meta_size())
      return false;
    return std::all_of(wanted.meta().begin(), wanted.meta().end(), [&](const auto& pair) {
      const auto found = row.meta().find(pair.first);
      return found != row.meta().end() && found->second == pair.second;
    });
  });
}

bool has_check(const member_rows& rows, const HealthCheck& wanted) {
  const auto& checks = rows.checks.checks();
  return std::any_of(checks.begin(), checks.end(), [&](const HealthCheck& row) {
    return row.check_id() == wanted.check_id() && row.status() == wanted.status() &&
           row.output() == wanted.output();
  });
}

messages::Command registration(const Node& node) {
  messages::Command command;
  auto& request = *command.mutable_register_();
  request.set_datacenter(node.datacenter());
  request.set_id(node.id());
  request.set_node(node.node());
  request.set_address(node.address());
  *request.mutable_tagged_addresses() = node.tagged_addresses();
  *request.mutable_node_meta() = node.meta();
  if (node.has_locality())
    *request.mutable_locality() = node.locality();
  return command;
}

std::optional<messages::Command> reconcile_present(const Member& member, const member_rows& rows,
                                                   const Node& self) {
  const auto node = wanted_node(member, rows, self);
  const auto check = serf_health(member);
  const bool node_is_there = has_node(rows, node);
  const bool service_wanted = is_server(member) && member.status() != failed;
  const bool service_is_there = !service_wanted || has_service(rows, server_service(member));
  if (node_is_there && service_is_there && has_check(rows, check))
    return std::nullopt;
  auto command = registration(node);
  *command.mutable_register_()->mutable_check() = check;
  if (!service_is_there)
    *command.mutable_register_()->mutable_service() = server_service(member);
  return command;
}

std::optional<messages::Command> reconcile_left(const Member& member, const member_rows& rows,
                                                const Node& self) {
  // A leader that is on its way out is its successor's to remove.
  if (member.name() == self.node() || rows.services.node().node().empty())
    return std::nullopt;
  messages::Command command;
  command.mutable_deregister()->set_datacenter(self.datacenter());
  command.mutable_deregister()->set_node(member.name());
  return command;
}

}  // namespace

std::vector<std::string> forgotten_members(const std::vector<Member>& members,
                                           const messages::HealthChecks& checks) {
  std::set<std::string_view> known;
  for (const auto& each : members)
    known.insert(each.name());
  std::vector<std::string> forgotten;
  for (const auto& check : checks.checks()) {
    if (check.check_id() == serf_health_id && !known.contains(check.node()))
      forgotten.push_back(check.node());
  }
  return forgotten;
}

Member left_member(const std::string& name) {
  Member member;
  member.set_name(name);
  member.set_status(left);
  return member;
}

std::optional<messages::Command> reconcile_member(const Member& member, const member_rows& rows,
                                                  const Node& self) {
  // Whoever is in the pool without being an agent is not brought into the catalog.
  const bool is_agent = is_server(member) || tag(member, "role") == "node";
  if (!is_agent && member.status() != left)
    return std::nullopt;
  switch (member.status()) {
    case alive:
    case leaving:
      return reconcile_present(member, rows, self);
    case failed:
      // Nobody knew it before it failed: then there is nothing that fails.
      if (rows.services.node().node().empty())
        return std::nullopt;
      return reconcile_present(member, rows, self);
    case left:
      return reconcile_left(member, rows, self);
    default:
      return std::nullopt;
  }
}

}  // namespace troupe::actors
