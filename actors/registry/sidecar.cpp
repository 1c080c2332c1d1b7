#include "actors/registry/sidecar.hpp"

#include <chrono>
#include <string>

namespace troupe::actors {

namespace {

using messages::errc;
using messages::failure;
using messages::ServiceDefinition;

constexpr std::chrono::nanoseconds listening_interval = std::chrono::seconds{10};

void fill_in_names(const ServiceDefinition& parent, ServiceDefinition& sidecar) {
  sidecar.set_id(parent.id() + "-sidecar-proxy");
  if (sidecar.name().empty())
    sidecar.set_name(parent.name() + "-sidecar-proxy");
  if (sidecar.kind().empty())
    sidecar.set_kind("connect-proxy");
  if (sidecar.token().empty())
    sidecar.set_token(parent.token());
  if (sidecar.tags().empty())
    *sidecar.mutable_tags() = parent.tags();
  if (sidecar.meta().empty())
    *sidecar.mutable_meta() = parent.meta();
  if (sidecar.address().empty())
    sidecar.set_address(parent.address());
  if (parent.has_locality() && !sidecar.has_locality())
    *sidecar.mutable_locality() = parent.locality();
}

void fill_in_proxy(const ServiceDefinition& parent, ServiceDefinition& sidecar) {
  auto& proxy = *sidecar.mutable_proxy();
  if (proxy.destination_service_name().empty())
    proxy.set_destination_service_name(parent.name());
  if (proxy.destination_service_id().empty())
    proxy.set_destination_service_id(parent.id());
  const bool nowhere = proxy.local_service_address().empty() && proxy.local_service_port() == 0 &&
                       proxy.local_service_socket_path().empty();
  if (!nowhere)
    return;
  if (!parent.socket_path().empty()) {
    proxy.set_local_service_socket_path(parent.socket_path());
    return;
  }
  proxy.set_local_service_address("127.0.0.1");
  proxy.set_local_service_port(parent.port());
}

void add_checks(const ServiceDefinition& parent, ServiceDefinition& sidecar) {
  if (sidecar.has_check() || !sidecar.checks().empty())
    return;
  if (sidecar.port() > 0) {
    auto& listening = *sidecar.add_checks();
    listening.set_name("Connect Sidecar Listening");
    const std::string host = sidecar.address().empty() ? "127.0.0.1" : sidecar.address();
    const bool ipv6 = host.find(':') != std::string::npos;
    listening.set_tcp((ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(sidecar.port()));
    listening.set_interval(listening_interval.count());
  }
  auto& aliasing = *sidecar.add_checks();
  aliasing.set_name("Connect Sidecar Aliasing " + parent.id());
  aliasing.set_alias_service(parent.id());
}

}  // namespace

bool needs_sidecar_port(const ServiceDefinition& parent) {
  const auto& asked = parent.connect().sidecar_service();
  return asked.port() < 1 && asked.socket_path().empty();
}

messages::result<ServiceDefinition> make_sidecar(const ServiceDefinition& parent, int port) {
  const auto& asked = parent.connect().sidecar_service();
  if (!asked.id().empty())
    return failure{errc::bad_request,
                   "Invalid SidecarService: its ID follows from that of its service and cannot be "
                   "set"};
  if (asked.connect().has_sidecar_service())
    return failure{errc::bad_request, "Invalid SidecarService: a sidecar cannot have a sidecar"};
  ServiceDefinition sidecar = asked;
  if (needs_sidecar_port(parent)) {
    if (port == 0)
      return failure{errc::bad_request, "Invalid SidecarService: no port is left in the range " +
                                            std::to_string(sidecar_port_min) + "-" +
                                            std::to_string(sidecar_port_max)};
    sidecar.set_port(port);
  }
  fill_in_names(parent, sidecar);
  fill_in_proxy(parent, sidecar);
  add_checks(parent, sidecar);
  return sidecar;
}

}  // namespace troupe::actors
