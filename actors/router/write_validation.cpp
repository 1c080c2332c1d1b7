#include "actors/router/write_validation.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "actors/router/query_validation.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::router {

using messages::Command;
using messages::DeregisterRequest;
using messages::errc;
using messages::failure;
using messages::KvWrite;
using messages::RegisterRequest;
using messages::result;

namespace {

failure refusal(std::string why) {
  return {errc::failed, std::move(why)};
}

// Everything that Unicode calls white space, in UTF-8: Consul trims it all.
constexpr std::array<std::string_view, 25> white_space = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
    "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

bool has_outer_space(std::string_view key) {
  return std::any_of(white_space.begin(), white_space.end(), [&](std::string_view space) {
    return key.starts_with(space) || key.ends_with(space);
  });
}

bool has_parent_segment(std::string_view key) {
  while (true) {
    const auto slash = key.find('/');
    if (key.substr(0, slash) == "..")
      return true;
    if (slash == std::string_view::npos)
      return false;
    key.remove_prefix(slash + 1);
  }
}

// -- node ids ------------------------------------------------------------------

constexpr std::size_t uuid_characters = 36;
constexpr std::array<std::size_t, 4> uuid_dashes = {8, 13, 18, 23};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

void clear_unset_weights(messages::NodeService& service) {
  if (service.weights().passing() == 0 && service.weights().warning() == 0)
    service.clear_weights();
}

std::string_view check_type(const messages::HealthCheckDefinition& definition) {
  if (!definition.grpc().empty())
    return "grpc";
  if (!definition.http().empty())
    return "http";
  if (definition.ttl() > 0)
    return "ttl";
  if (!definition.tcp().empty())
    return "tcp";
  if (!definition.udp().empty())
    return "udp";
  if (!definition.alias_node().empty() || !definition.alias_service().empty())
    return "alias";
  if (!definition.docker_container_id().empty())
    return "docker";
  if (!definition.script_args().empty())
    return "script";
  if (!definition.h2ping().empty())
    return "h2ping";
  return definition.os_service().empty() ? "" : "os_service";
}

result<void> validate_node_id(std::string_view id) {
  if (id.size() != uuid_characters)
    return refusal("Bad node ID: uuid string is wrong length");
  for (std::size_t at = 0; at < id.size(); ++at) {
    const bool dash = std::find(uuid_dashes.begin(), uuid_dashes.end(), at) != uuid_dashes.end();
    if (dash ? id[at] != '-' : !is_hex(id[at]))
      return refusal("Bad node ID: uuid is improperly formatted");
  }
  return {};
}

namespace {

// -- the catalog -----------------------------------------------------------------

result<void> validate_datacenter(std::string_view wanted, std::string_view own) {
  if (!wanted.empty() && wanted != own)
    return refusal("No path to datacenter");
  return {};
}

result<void> validate_service(messages::NodeService& service) {
  clear_unset_weights(service);
  if (service.id().empty())
    service.set_id(service.service());
  if (service.service().empty() && !service.id().empty())
    return refusal("Must provide service name (Service.Service) when service ID is provided");
  return {};
}

void fill_check(messages::HealthCheck& check, const std::string& node) {
  if (check.check_id().empty())
    check.set_check_id(check.name());
  if (check.node().empty())
    check.set_node(node);
  if (check.type().empty())
    check.set_type(std::string(check_type(check.definition())));
}

result<void> validate_register(RegisterRequest& request, std::string_view own_datacenter) {
  if (auto here = validate_datacenter(request.datacenter(), own_datacenter); !here)
    return here;
  if (request.node().empty())
    return refusal("Must provide node");
  if (request.address().empty() && !request.skip_node_update())
    return refusal("Must provide address if SkipNodeUpdate is not set");
  if (!request.id().empty()) {
    if (auto id = validate_node_id(request.id()); !id)
      return id;
  }
  if (request.has_service()) {
    if (auto service = validate_service(*request.mutable_service()); !service)
      return service;
  }
  request.set_datacenter(std::string(own_datacenter));
  // One check may be given apart from the list.
  if (request.has_check()) {
    request.add_checks()->Swap(request.mutable_check());
    request.clear_check();
  }
  for (auto& check : *request.mutable_checks())
    fill_check(check, request.node());
  return {};
}

result<void> validate_deregister(DeregisterRequest& request, std::string_view own_datacenter) {
  if (auto here = validate_datacenter(request.datacenter(), own_datacenter); !here)
    return here;
  if (request.node().empty())
    return refusal("Must provide node");
  request.set_datacenter(std::string(own_datacenter));
  return {};
}

// -- the store ----------------------------------------------------------------------

result<void> validate_kv(const KvWrite& write) {
  if (write.entry().key().empty() && write.verb() != KvWrite::DELETE_TREE)
    return refusal("Must provide key");
  if (write.entry().key().size() > messages::limits::kv_key_bytes_max)
    return refusal("invalid key name, longer than " +
                   std::to_string(messages::limits::kv_key_bytes_max) + " bytes");
  if (write.entry().value().size() > messages::limits::kv_value_bytes_max)
    return failure{errc::too_large, "Value for key \"" + write.entry().key() + "\" is too large (" +
                                        std::to_string(write.entry().value().size()) + " > " +
                                        std::to_string(messages::limits::kv_value_bytes_max) +
                                        " bytes)"};
  return validate_key(write.entry().key());
}

// Its time to live is the session_keeper's to judge, which knows the shortest one allowed.
result<void> validate_session(const messages::Session& session) {
  if (session.node().empty())
    return refusal("Must provide Node");
  const auto& behavior = session.behavior();
  if (!behavior.empty() && behavior != "release" && behavior != "delete")
    return refusal("Invalid Behavior setting '" + behavior + "'");
  return {};
}

}  // namespace

result<void> validate_key(std::string_view key) {
  if (has_outer_space(key))
    return refusal("invalid key name, leading/trailing spaces are not allowed");
  if (has_parent_segment(key))
    return refusal("invalid key name, path traversal is not allowed");
  return {};
}

result<void> validate_write(Command& command, std::string_view own_datacenter) {
  switch (command.kind_case()) {
    case Command::kKv:
      return validate_kv(command.kv());
    case Command::kRegister:
      return validate_register(*command.mutable_register_(), own_datacenter);
    case Command::kDeregister:
      return validate_deregister(*command.mutable_deregister(), own_datacenter);
    case Command::kSessionCreate:
      return validate_session(command.session_create().session());
    case Command::kSessionDestroy:
      if (command.session_destroy().id().empty())
        return refusal("Must provide ID");
      return {};
    case Command::kQuerySet:
      return validate_query(command.query_set());
    case Command::kQueryDelete:
      return validate_query_id(command.query_delete().id());
    case Command::kTxn:  // txn_validation.hpp: a list of errors
    case Command::kCaRoot:
    case Command::kAutopilot:
    case Command::kReapTombstones:
    case Command::kCoordinates:
      return {};
    case Command::KIND_NOT_SET:
      break;
  }
  return refusal("the write names no command");
}

}  // namespace troupe::actors::router
