#include "actors/registry/content_hash.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include <google/protobuf/struct.pb.h>

namespace troupe::actors {

namespace {

using messages::AgentService;
using hash = std::uint64_t;

// FNV-1, 64 bits (Fowler, Noll, Vo).
constexpr hash fnv_offset = 0xcbf29ce484222325;
constexpr hash fnv_prime = 0x100000001b3;

hash of_bytes(std::string_view bytes) {
  hash h = fnv_offset;
  for (const char byte : bytes) {
    h *= fnv_prime;
    h ^= static_cast<unsigned char>(byte);
  }
  return h;
}

template <std::size_t Count>
hash of_words(const std::array<std::uint64_t, Count>& words) {
  std::string bytes;
  for (std::uint64_t word : words) {
    for (int i = 0; i < 8; ++i)
      bytes.push_back(static_cast<char>(word >> (8 * i)));
  }
  return of_bytes(bytes);
}

// Order matters in a list and between a name and its value.
hash followed_by(hash a, hash b) {
  return of_words(std::array{a, b});
}

hash of(std::int64_t number) {
  return of_words(std::array{static_cast<std::uint64_t>(number)});
}
hash of(std::int32_t number) {
  return of(std::int64_t{number});
}
hash of(double number) {
  return of_words(std::array{std::bit_cast<std::uint64_t>(number)});
}
hash of(bool value) {
  return of_bytes(std::string_view(value ? "\1" : "\0", 1));
}
hash of(const std::string& text) {
  return of_bytes(text);
}
hash absent() {
  return of(std::int64_t{0});
}

// A struct of Go: its type's name, then its fields in any order.
class fields {
 public:
  explicit fields(std::string_view type_name) : sum_(of_bytes(type_name)) {}

  template <class Value>
  fields& add(std::string_view name, const Value& value) {
    sum_ ^= followed_by(of_bytes(name), of(value));
    return *this;
  }
  fields& add_hash(std::string_view name, hash value) {
    sum_ ^= followed_by(of_bytes(name), value);
    return *this;
  }
  hash sum() const { return sum_; }

 private:
  hash sum_;
};

template <class List, class Of>
hash of_list(const List& list, Of of_element) {
  hash h = 0;
  for (const auto& element : list)
    h = followed_by(h, of_element(element));
  return h;
}

template <class Map, class Of>
hash of_map(const Map& map, Of of_value) {
  hash h = 0;
  for (const auto& [key, value] : map)
    h ^= followed_by(of(key), of_value(value));
  return h;
}

hash of_value(const google::protobuf::Value& value) {
  using google::protobuf::Value;
  switch (value.kind_case()) {
    case Value::kNumberValue:
      return of(value.number_value());
    case Value::kStringValue:
      return of(value.string_value());
    case Value::kBoolValue:
      return of(value.bool_value());
    case Value::kStructValue:
      return of_map(value.struct_value().fields(), of_value);
    case Value::kListValue:
      return of_list(value.list_value().values(), of_value);
    default:
      return absent();
  }
}

hash of_struct(const google::protobuf::Struct& any) {
  return of_map(any.fields(), of_value);
}

hash of_mesh_gateway(const messages::MeshGateway& gateway) {
  return fields{"MeshGatewayConfig"}.add("Mode", gateway.mode()).sum();
}

hash of_address(const messages::ServiceAddress& address) {
  return fields{"ServiceAddress"}
      .add("Address", address.address())
      .add("Port", address.port())
      .sum();
}

hash of_port(const messages::ServicePort& port) {
  return fields{"ServicePort"}
      .add("Name", port.name())
      .add("Port", port.port())
      .add("Default", port.is_default())
      .sum();
}

hash of_upstream(const messages::Upstream& u) {
  return fields{"Upstream"}
      .add("DestinationType", u.destination_type())
      .add("DestinationPartition", std::string{})
      .add("DestinationNamespace", std::string{})
      .add("DestinationPeer", u.destination_peer())
      .add("DestinationName", u.destination_name())
      .add("Datacenter", u.datacenter())
      .add("LocalBindAddress", u.local_bind_address())
      .add("LocalBindPort", u.local_bind_port())
      .add("LocalBindSocketPath", u.local_bind_socket_path())
      .add("LocalBindSocketMode", u.local_bind_socket_mode())
      .add_hash("Config", of_struct(u.config()))
      .add_hash("MeshGateway", of_mesh_gateway(u.mesh_gateway()))
      .add("CentrallyConfigured", false)
      .sum();
}

hash of_expose_path(const messages::ExposePath& path) {
  return fields{"ExposePath"}
      .add("ListenerPort", path.listener_port())
      .add("Path", path.path())
      .add("LocalPathPort", path.local_path_port())
      .add("Protocol", path.protocol())
      .add("ParsedFromCheck", path.parsed_from_check())
      .sum();
}

hash of_expose(const messages::Expose& expose) {
  return fields{"ExposeConfig"}
      .add("Checks", expose.checks())
      .add_hash("Paths", of_list(expose.paths(), of_expose_path))
      .sum();
}

hash of_extension(const messages::EnvoyExtension& extension) {
  return fields{"EnvoyExtension"}
      .add("Name", extension.name())
      .add("Required", extension.required())
      .add_hash("Arguments", of_struct(extension.arguments()))
      .add("ConsulVersion", extension.consul_version())
      .add("EnvoyVersion", extension.envoy_version())
      .sum();
}

hash of_transparent_proxy(const messages::TransparentProxy& proxy) {
  return fields{"TransparentProxyConfig"}
      .add("OutboundListenerPort", proxy.outbound_listener_port())
      .add("DialedDirectly", proxy.dialed_directly())
      .sum();
}

hash of_access_logs(const messages::AccessLogs& logs) {
  return fields{"AccessLogsConfig"}
      .add("Enabled", logs.enabled())
      .add("DisableListenerLogs", logs.disable_listener_logs())
      .add("Type", logs.type())
      .add("Path", logs.path())
      .add("JSONFormat", logs.json_format())
      .add("TextFormat", logs.text_format())
      .sum();
}

hash of_proxy(const messages::ServiceProxy& p) {
  return fields{"AgentServiceConnectProxyConfig"}
      .add_hash("EnvoyExtensions", of_list(p.envoy_extensions(), of_extension))
      .add("DestinationServiceName", p.destination_service_name())
      .add("DestinationServiceID", p.destination_service_id())
      .add("LocalServiceAddress", p.local_service_address())
      .add("LocalServicePort", p.local_service_port())
      .add("LocalServiceSocketPath", p.local_service_socket_path())
      .add("Mode", p.mode())
      .add_hash("TransparentProxy",
                p.has_transparent_proxy() ? of_transparent_proxy(p.transparent_proxy()) : absent())
      .add_hash("Config", of_struct(p.config()))
      .add_hash("Upstreams", of_list(p.upstreams(), of_upstream))
      .add_hash("MeshGateway", of_mesh_gateway(p.mesh_gateway()))
      .add_hash("Expose", of_expose(p.expose()))
      .add_hash("AccessLogs", p.has_access_logs() ? of_access_logs(p.access_logs()) : absent())
      .sum();
}

hash of_connect(const messages::ServiceConnect& connect) {
  return fields{"AgentServiceConnect"}
      .add("Native", connect.native())
      .add_hash("SidecarService", absent())
      .sum();
}

hash of_weights(const messages::Weights& weights) {
  return fields{"AgentWeights"}
      .add("Passing", weights.passing())
      .add("Warning", weights.warning())
      .sum();
}

hash of_text(const std::string& text) {
  return of(text);
}

}  // namespace

std::string content_hash(const AgentService& s) {
  const hash sum = fields{"AgentService"}
                       .add("Kind", s.kind())
                       .add("ID", s.id())
                       .add("Service", s.service())
                       .add_hash("Tags", of_list(s.tags(), of_text))
                       .add_hash("Meta", of_map(s.meta(), of_text))
                       .add("Port", s.port())
                       .add_hash("Ports", of_list(s.ports(), of_port))
                       .add("Address", s.address())
                       .add("SocketPath", s.socket_path())
                       .add_hash("TaggedAddresses", of_map(s.tagged_addresses(), of_address))
                       .add_hash("Weights", of_weights(s.weights()))
                       .add("EnableTagOverride", s.enable_tag_override())
                       .add("CreateIndex", std::int64_t{0})
                       .add("ModifyIndex", std::int64_t{0})
                       .add("ContentHash", std::string{})
                       .add_hash("Proxy", s.has_proxy() ? of_proxy(s.proxy()) : absent())
                       .add_hash("Connect", s.has_connect() ? of_connect(s.connect()) : absent())
                       .add("PeerName", s.peer_name())
                       .sum();
  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%llx", static_cast<unsigned long long>(sum));
  return hex.data();
}

}  // namespace troupe::actors
