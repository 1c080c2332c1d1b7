#include "actors/registry/service_validation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <set>
#include <utility>

#include <arpa/inet.h>

#include "actors/registry/sidecar.hpp"
#include "messages/go_duration.hpp"
#include "messages/limits.hpp"

namespace troupe::actors {

namespace {

using messages::CheckDefinition;
using messages::errc;
using messages::failure;
using messages::NodeService;
using messages::result;
using messages::ServiceDefinition;
namespace limits = messages::limits;

constexpr int weight_max = 65535;  // DNS SRV weights have 16 bits

failure refused(std::string why) {
  return {errc::bad_request, std::move(why)};
}

bool is_ip(const std::string& text, int family) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return inet_pton(family, text.c_str(), parsed.data()) == 1;
}

bool is_any_address(const std::string& address) {
  return address == "0.0.0.0" || address == "::" || address == "[::]";
}

bool is_status(const std::string& text) {
  return text == "passing" || text == "warning" || text == "critical";
}

std::string joined(const std::vector<std::string>& errors) {
  std::string text =
      std::to_string(errors.size()) + (errors.size() == 1 ? " error" : " errors") + " occurred:\n";
  for (const auto& error : errors)
    text += "\t* " + error + "\n";
  return text + "\n";
}

// -- meta ------------------------------------------------------------------

std::string meta_key_problem(const std::string& key) {
  if (key.empty())
    return "Key cannot be blank";
  const bool legal = std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
  if (!legal)
    return "Key contains invalid characters";
  if (key.size() > limits::meta_key_bytes_max)
    return "Key is too long (limit: " + std::to_string(limits::meta_key_bytes_max) + " characters)";
  if (key.starts_with("consul-"))
    return "Key prefix 'consul-' is reserved for internal use";
  return {};
}

std::string meta_problem(const std::string& key, const std::string& value) {
  auto why = meta_key_problem(key);
  if (why.empty() && value.size() > limits::meta_value_bytes_max)
    why = "Value is too long (limit: " + std::to_string(limits::meta_value_bytes_max) +
          " characters)";
  return why;
}

// -- kinds -----------------------------------------------------------------

void validate_upstreams(const messages::ServiceProxy& proxy, std::vector<std::string>& errors) {
  std::set<std::string> listeners;
  for (const auto& upstream : proxy.upstreams()) {
    if (upstream.destination_name().empty())
      errors.emplace_back("upstream destination name cannot be empty");
    if (upstream.local_bind_port() == 0 && upstream.local_bind_socket_path().empty() &&
        proxy.mode() != "transparent")
      errors.push_back("upstream " + upstream.destination_name() +
                       " needs a local bind port or socket path");
    const auto listener =
        upstream.local_bind_socket_path().empty()
            ? upstream.local_bind_address() + ":" + std::to_string(upstream.local_bind_port())
            : upstream.local_bind_socket_path();
    const bool bound =
        upstream.local_bind_port() != 0 || !upstream.local_bind_socket_path().empty();
    if (bound && !listeners.insert(listener).second)
      errors.push_back("upstreams cannot contain duplicates of local bind address " + listener);
  }
}

void validate_connect_proxy(const NodeService& service, std::vector<std::string>& errors) {
  const auto& proxy = service.proxy();
  if (proxy.destination_service_name().empty())
    errors.emplace_back(
        "Proxy.DestinationServiceName must be non-empty for Connect proxy services");
  if (proxy.destination_service_name() == "*")
    errors.emplace_back(
        "Proxy.DestinationServiceName must not be a wildcard for Connect proxy services");
  if (service.port() == 0 && service.socket_path().empty())
    errors.emplace_back("Port or SocketPath must be set for a connect-proxy");
  if (service.connect().native())
    errors.emplace_back("A Proxy cannot also be Connect Native, only typical services");
  validate_upstreams(proxy, errors);
}

std::string kind_problems(const NodeService& service) {
  std::vector<std::string> errors;
  const auto& kind = service.kind();
  if (kind == "connect-proxy")
    validate_connect_proxy(service, errors);
  if ((kind == "mesh-gateway" || kind == "terminating-gateway") && service.port() == 0)
    errors.push_back("Port must be non-zero for a " + kind);
  return errors.empty() ? std::string{} : joined(errors);
}

// -- the service -----------------------------------------------------------

void add_tagged_address(NodeService& service, const std::string& tag) {
  auto& tagged = *service.mutable_tagged_addresses();
  if (tagged.contains(tag))
    return;
  tagged[tag].set_address(service.address());
  tagged[tag].set_port(service.port());
}

void tag_address(NodeService& service) {
  if (is_ip(service.address(), AF_INET)) {
    add_tagged_address(service, "lan_ipv4");
    add_tagged_address(service, "wan_ipv4");
  } else if (is_ip(service.address(), AF_INET6)) {
    add_tagged_address(service, "lan_ipv6");
    add_tagged_address(service, "wan_ipv6");
  }
}

NodeService to_node_service(const ServiceDefinition& d) {
  NodeService service;
  service.set_kind(d.kind());
  service.set_id(d.id().empty() ? d.name() : d.id());
  service.set_service(d.name());
  *service.mutable_tags() = d.tags();
  service.set_address(d.address());
  *service.mutable_tagged_addresses() = d.tagged_addresses();
  *service.mutable_meta() = d.meta();
  service.set_port(d.port());
  *service.mutable_ports() = d.ports();
  service.set_socket_path(d.socket_path());
  if (d.has_weights()) {
    *service.mutable_weights() = d.weights();
  } else {
    service.mutable_weights()->set_passing(1);
    service.mutable_weights()->set_warning(1);
  }
  service.set_enable_tag_override(d.enable_tag_override());
  *service.mutable_proxy() = d.proxy();
  service.mutable_connect()->set_native(d.connect().native());
  if (d.has_locality())
    *service.mutable_locality() = d.locality();
  tag_address(service);
  return service;
}

result<void> validate_weights(const messages::Weights& weights) {
  if (weights.passing() < 1)
    return refused("Invalid Weights: Passing must be greater than 0");
  if (weights.warning() < 0)
    return refused("Invalid Weights: Warning must be greater or equal than 0");
  if (weights.passing() > weight_max || weights.warning() > weight_max)
    return refused("Invalid Weights: DNS Weight must be between 0 and 65535");
  return {};
}

// All checks that a definition names, the single one last as Consul numbers them.
std::vector<CheckDefinition> checks_of(const ServiceDefinition& d) {
  std::vector<CheckDefinition> checks(d.checks().begin(), d.checks().end());
  if (d.has_check() && d.check().ByteSizeLong() > 0)
    checks.push_back(d.check());
  return checks;
}

result<void> validate_service_checks(const std::vector<CheckDefinition>& checks,
                                     const check_rules& rules) {
  for (const auto& check : checks) {
    if (auto valid = rules.validate(check); !valid)
      return valid.error();
    if (!check.status().empty() && !is_status(check.status()))
      return refused("Status for checks must 'passing', 'warning', 'critical'");
  }
  return {};
}

// -- checks ----------------------------------------------------------------

messages::HealthCheck shown_check(const CheckDefinition& d, const NodeService* service,
                                  const service_plan_context& context) {
  messages::HealthCheck shown;
  shown.set_node(std::string(context.node));
  shown.set_check_id(d.id());
  shown.set_name(d.name());
  shown.set_status(d.status().empty() ? "critical" : d.status());
  shown.set_notes(d.notes());
  shown.set_interval(messages::to_go_duration(std::chrono::nanoseconds{d.interval()}));
  shown.set_timeout(messages::to_go_duration(std::chrono::nanoseconds{d.timeout()}));
  if (service != nullptr) {
    shown.set_service_id(service->id());
    shown.set_service_name(service->service());
    *shown.mutable_service_tags() = service->tags();
  }
  return shown;
}

result<planned_check> plan_named_check(const CheckDefinition& d, const NodeService* service,
                                       const service_plan_context& context) {
  auto permitted = context.rules.permit(d, context.origin);
  if (!permitted)
    return permitted.error();
  planned_check planned{shown_check(d, service, context), std::move(permitted->definition), d};
  planned.shown.set_type(permitted->type);
  return planned;
}

result<planned_service> plan_one(const ServiceDefinition& d, const service_plan_context& context) {
  planned_service planned{to_node_service(d), {}, d.token()};
  if (auto valid = validate_weights(planned.service.weights()); !valid)
    return valid.error();
  if (auto valid = validate_service_meta(planned.service.meta()); !valid)
    return refused("Invalid Service Meta: " + valid.error().detail);
  const auto checks = checks_of(d);
  if (auto valid = validate_service_checks(checks, context.rules); !valid)
    return valid.error();
  if (auto problems = kind_problems(planned.service); !problems.empty())
    return refused("Validation failed: " + problems);
  int number = 0;
  for (CheckDefinition check : checks) {
    ++number;
    if (check.id().empty())
      check.set_id("service:" + planned.service.id() +
                   (checks.size() > 1 ? ":" + std::to_string(number) : ""));
    if (check.name().empty())
      check.set_name("Service '" + planned.service.service() + "' check");
    check.set_service_id(planned.service.id());
    auto made = plan_named_check(check, &planned.service, context);
    if (!made)
      return made.error();
    planned.checks.push_back(*std::move(made));
  }
  return planned;
}

}  // namespace

std::string sidecar_id_of(std::string_view service_id) {
  return std::string(service_id) + "-sidecar-proxy";
}

result<void> validate_service_meta(const google::protobuf::Map<std::string, std::string>& meta) {
  if (meta.size() > limits::meta_pairs_max)
    return refused("Node metadata cannot contain more than " +
                   std::to_string(limits::meta_pairs_max) + " key/value pairs");
  // Sorted, so that the same body is always refused for the same pair.
  std::vector<std::pair<std::string, std::string>> pairs(meta.begin(), meta.end());
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [key, value] : pairs) {
    if (const auto why = meta_problem(key, value); !why.empty())
      return refused("Couldn't load metadata pair ('" + key + "', '" + value + "'): " + why);
  }
  return {};
}

result<service_plan> plan_service(const ServiceDefinition& definition,
                                  const service_plan_context& context) {
  if (definition.name().empty())
    return refused("Missing service name");
  if (is_any_address(definition.address()))
    return refused("Invalid service address");
  auto main = plan_one(definition, context);
  if (!main)
    return main.error();
  service_plan plan{*std::move(main), {}};
  if (!definition.connect().has_sidecar_service())
    return plan;
  ServiceDefinition parent = definition;
  parent.set_id(plan.main.service.id());
  const int port =
      needs_sidecar_port(parent) ? context.sidecar_port(sidecar_id_of(parent.id())) : 0;
  auto sidecar = make_sidecar(parent, port);
  if (!sidecar)
    return sidecar.error();
  auto planned = plan_one(*sidecar, context);
  if (!planned)
    return planned.error();
  plan.sidecar.push_back(*std::move(planned));
  return plan;
}

result<void> validate_lone_check(const CheckDefinition& definition, const check_rules& rules) {
  if (definition.name().empty())
    return refused("Missing check name");
  if (!definition.status().empty() && !is_status(definition.status()))
    return refused("Bad check status");
  return rules.validate(definition);
}

result<planned_check> plan_lone_check(const CheckDefinition& definition, const NodeService* service,
                                      const service_plan_context& context) {
  CheckDefinition named = definition;
  if (named.id().empty())
    named.set_id(named.name());
  return plan_named_check(named, service, context);
}

}  // namespace troupe::actors
