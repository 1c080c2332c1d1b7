#include "actors/health/check_validation.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

namespace troupe::actors {

namespace {

using messages::CheckDefinition;
using messages::errc;
using messages::failure;
using messages::result;
namespace limits = messages::limits;

std::int64_t nanoseconds(std::chrono::nanoseconds duration) {
  return duration.count();
}

bool is_script(const CheckDefinition& d) {
  return d.args_size() > 0;
}
bool is_docker(const CheckDefinition& d) {
  return is_script(d) && !d.docker_container_id().empty();
}
bool is_alias(const CheckDefinition& d) {
  return !d.alias_node().empty() || !d.alias_service().empty();
}

bool is_run_every_interval(const CheckDefinition& d) {
  return is_script(d) || !d.http().empty() || !d.tcp().empty() || !d.udp().empty() ||
         !d.grpc().empty() || !d.h2ping().empty() || !d.os_service().empty();
}

failure invalid(const char* why) {
  return {errc::bad_request, std::string("Invalid check: ") + why};
}

// Only for definitions that validate.
check_kind kind_of(const CheckDefinition& d) {
  if (d.ttl() > 0)
    return check_kind::ttl;
  if (!d.http().empty())
    return check_kind::http;
  if (!d.tcp().empty())
    return check_kind::tcp;
  if (!d.udp().empty())
    return check_kind::udp;
  if (!d.grpc().empty())
    return check_kind::grpc;
  if (is_docker(d))
    return check_kind::docker;
  if (!d.os_service().empty())
    return check_kind::os_service;
  if (is_script(d))
    return check_kind::script;
  return d.h2ping().empty() ? check_kind::alias : check_kind::h2ping;
}

std::optional<failure> scripts_refused(const check_policy& policy, check_origin origin) {
  if (origin == check_origin::api && !policy.scripts_from_api)
    return failure{errc::failed,
                   "Scripts are disabled on this agent from remote calls; to enable, configure "
                   "'enable_script_checks' to true"};
  if (origin == check_origin::configuration && !policy.scripts_from_configuration)
    return failure{errc::failed,
                   "Scripts are disabled on this agent; to enable, configure "
                   "'enable_script_checks' or 'enable_local_script_checks' to true"};
  return std::nullopt;
}

std::optional<failure> not_to_be_run(check_kind kind) {
  switch (kind) {
    case check_kind::os_service:
      return failure{errc::failed, "not implemented"};
    case check_kind::docker:
      return failure{errc::failed, "Docker checks are not supported by this agent"};
    case check_kind::h2ping:
      return failure{errc::failed, "H2PING checks are not supported by this agent"};
    default:
      return std::nullopt;
  }
}

void fill_in(CheckDefinition& d, check_kind kind, const check_policy& policy) {
  if (is_run_every_interval(d))
    d.set_interval(std::max(d.interval(), nanoseconds(limits::check_interval_min)));
  if (d.timeout() <= 0) {
    d.set_timeout(kind == check_kind::script ? nanoseconds(limits::script_timeout)
                                             : nanoseconds(limits::check_timeout));
  }
  if (d.failures_before_warning() == 0)
    d.set_failures_before_warning(d.failures_before_critical());
  if (d.deregister_critical_service_after() > 0) {
    d.set_deregister_critical_service_after(std::max(
        d.deregister_critical_service_after(), nanoseconds(limits::deregister_critical_after_min)));
  }
  const auto output_max = static_cast<std::int64_t>(policy.output_bytes_max);
  if (d.output_max_size() == 0 || d.output_max_size() > output_max)
    d.set_output_max_size(output_max);
}

}  // namespace

result<void> validate_check(const CheckDefinition& d) {
  const bool run = is_run_every_interval(d);
  if (d.interval() > 0 && d.ttl() > 0)
    return invalid("Interval and TTL cannot both be specified");
  if (run && d.interval() <= 0)
    return invalid("Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks");
  if (run && is_alias(d))
    return invalid("Interval cannot be set for Alias checks");
  if (is_alias(d) && d.ttl() > 0)
    return invalid("TTL must be not be set for Alias checks");
  if (!run && !is_alias(d) && d.ttl() <= 0)
    return invalid("TTL must be > 0 for TTL checks");
  if (d.output_max_size() < 0)
    return invalid("MaxOutputMaxSize must be positive");
  if (d.failures_before_warning() > d.failures_before_critical())
    return invalid("FailuresBeforeWarning can't be higher than FailuresBeforeCritical");
  return {};
}

result<check_plan> plan_check(const CheckDefinition& definition, const check_policy& policy,
                              check_origin origin) {
  if (auto valid = validate_check(definition); !valid)
    return valid.error();
  const auto kind = kind_of(definition);
  // Any definition with arguments, even where another kind wins: as Consul asks.
  if (is_script(definition)) {
    if (auto refused = scripts_refused(policy, origin))
      return *refused;
  }
  if (auto why = not_to_be_run(kind))
    return *why;
  check_plan plan{kind, definition};
  fill_in(plan.definition, kind, policy);
  return plan;
}

std::string_view check_type_name(const CheckDefinition& d) {
  const bool run = d.interval() > 0;
  if (run && !d.grpc().empty())
    return "grpc";
  if (run && !d.http().empty())
    return "http";
  if (d.ttl() > 0)
    return "ttl";
  if (run && !d.tcp().empty())
    return "tcp";
  if (run && !d.udp().empty())
    return "udp";
  if (is_alias(d))
    return "alias";
  if (run && is_docker(d))
    return "docker";
  if (is_script(d))
    return "script";
  if (run && !d.h2ping().empty())
    return "h2ping";
  return run && !d.os_service().empty() ? "os_service" : "";
}

}  // namespace troupe::actors
