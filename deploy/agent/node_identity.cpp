#include "deploy/agent/node_identity.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/rand.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "messages/ensure.hpp"
#include "messages/go_duration.hpp"
#include "messages/version.hpp"
#include "storage/data_directory.hpp"

namespace troupe::agent {

namespace {

bool is_v6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

void set(google::protobuf::Struct& object, const std::string& name, const std::string& value) {
  (*object.mutable_fields())[name].set_string_value(value);
}
void set(google::protobuf::Struct& object, const std::string& name, double value) {
  (*object.mutable_fields())[name].set_number_value(value);
}
void set(google::protobuf::Struct& object, const std::string& name, bool value) {
  (*object.mutable_fields())[name].set_bool_value(value);
}

std::string tcp_address(const std::string& host, int port) {
  return fmt::format(
      fmt::runtime(host.find(':') == std::string::npos ? "tcp://{}:{}" : "tcp://[{}]:{}"), host,
      port);
}

google::protobuf::Struct debug_config(const agent_config& config, const std::string& id) {
  google::protobuf::Struct shown;
  set(shown, "AdvertiseAddrLAN", config.addresses.advertise);
  set(shown, "AdvertiseAddrWAN", config.addresses.advertise_wan);
  set(shown, "BindAddr", config.addresses.bind);
  set(shown, "Bootstrap", config.bootstrap);
  set(shown, "BootstrapExpect", static_cast<double>(config.bootstrap_expect));
  set(shown, "DNSPort", static_cast<double>(config.ports.dns));
  set(shown, "DataDir", config.data_dir);
  set(shown, "Datacenter", config.datacenter);
  set(shown, "DevMode", config.dev);
  set(shown, "EnableDebug", config.enable_debug);
  set(shown, "EnableLocalScriptChecks", config.checks.enable_local_script_checks);
  set(shown, "EnableRemoteScriptChecks", config.checks.enable_script_checks);
  set(shown, "HTTPPort", static_cast<double>(config.ports.http));
  set(shown, "NodeID", id);
  set(shown, "NodeName", config.node_name);
  set(shown, "PrimaryDatacenter", config.primary_datacenter);
  set(shown, "SerfAdvertiseAddrLAN",
      tcp_address(config.addresses.advertise, config.ports.serf_lan));
  set(shown, "SerfAdvertiseAddrWAN",
      tcp_address(config.addresses.advertise_wan, config.ports.serf_wan));
  set(shown, "SerfPortLAN", static_cast<double>(config.ports.serf_lan));
  set(shown, "SerfPortWAN", static_cast<double>(config.ports.serf_wan));
  set(shown, "ServerMode", config.server);
  set(shown, "ServerPort", static_cast<double>(config.ports.server));
  set(shown, "Version", std::string(messages::consul_version));
  return shown;
}

void describe_program(const agent_config& config, messages::AgentSelf& self) {
  auto& stats = *self.mutable_stats();
  auto& build = *stats["build"].mutable_values();
  build["version"] = messages::consul_version;
  build["revision"] = fmt::format("troupe-{}", messages::troupe_version);
  build["prerelease"] = "";
  build["version_metadata"] = "";
  auto& consul = *stats["consul"].mutable_values();
  consul["acl"] = "disabled";
  consul["bootstrap"] = config.bootstrap ? "true" : "false";
  consul["known_datacenters"] = "1";
  consul["server"] = config.server ? "true" : "false";
  auto& runtime = *stats["runtime"].mutable_values();
  utsname machine{};
  uname(&machine);
  runtime["arch"] = machine.machine;
  runtime["os"] = "linux";
  runtime["cpu_count"] = std::to_string(sysconf(_SC_NPROCESSORS_ONLN));
  runtime["version"] = fmt::format("g++ {}.{}", __GNUC__, __GNUC_MINOR__);
}

}  // namespace

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  messages::ensure(RAND_bytes(bytes.data(), bytes.size()) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  return text;
}

messages::result<std::string> node_id(const agent_config& config,
                                      const std::filesystem::path& data_dir) {
  const auto file = data_dir / "node-id";
  std::string kept = storage::read_small_file(file);
  while (!kept.empty() && (kept.back() == '\n' || kept.back() == ' '))
    kept.pop_back();
  const std::string id = !config.node_id.empty() ? config.node_id
                         : !kept.empty()         ? kept
                                                 : random_uuid();
  constexpr std::size_t uuid_length = 36;
  if (id.size() != uuid_length)
    return messages::failure{messages::errc::corrupt,
                             fmt::format("{} holds no node id: \"{}\"", file.string(), id)};
  if (id != kept) {
    if (auto written = storage::write_durably(file, id); !written)
      return written.error();
  }
  return id;
}

messages::Node catalog_node(const agent_config& config, const std::string& id) {
  messages::Node node;
  node.set_id(id);
  node.set_node(config.node_name);
  node.set_address(config.addresses.advertise);
  node.set_datacenter(config.datacenter);
  auto& tagged = *node.mutable_tagged_addresses();
  tagged["lan"] = config.addresses.advertise;
  tagged["wan"] = config.addresses.advertise_wan;
  tagged[is_v6(config.addresses.advertise) ? "lan_ipv6" : "lan_ipv4"] = config.addresses.advertise;
  tagged[is_v6(config.addresses.advertise_wan) ? "wan_ipv6" : "wan_ipv4"] =
      config.addresses.advertise_wan;
  for (const auto& [key, value] : config.node_meta)
    (*node.mutable_meta())[key] = value;
  (*node.mutable_meta())["consul-network-segment"] = "";
  (*node.mutable_meta())["consul-version"] = messages::consul_version;
  return node;
}

messages::Member lan_member(const agent_config& config, const std::string& id) {
  messages::Member member;
  member.set_name(config.node_name);
  member.set_addr(config.addresses.advertise);
  member.set_port(config.ports.serf_lan);
  member.set_status(1);
  auto& tags = *member.mutable_tags();
  tags["acls"] = "0";
  tags["build"] = fmt::format("{}:", messages::consul_version);
  tags["dc"] = config.datacenter;
  tags["ft_fs"] = "1";
  tags["ft_si"] = "1";
  tags["id"] = id;
  tags["role"] = config.server ? "consul" : "node";
  tags["segment"] = "";
  tags["vsn"] = "2";
  tags["vsn_max"] = "3";
  tags["vsn_min"] = "2";
  if (config.server) {
    tags["port"] = std::to_string(config.ports.server);
    tags["raft_vsn"] = "3";
    tags["wan_join_port"] = std::to_string(config.ports.serf_wan);
    if (config.read_replica) {
      tags["read_replica"] = "1";
      tags["nonvoter"] = "1";
    }
  } else if (config.advertise_reconnect_timeout.count() > 0) {
    tags["rc_tm"] = messages::to_go_duration(config.advertise_reconnect_timeout);
  }
  if (config.bootstrap)
    tags["bootstrap"] = "1";
  else if (config.bootstrap_expect > 0)
    tags["expect"] = std::to_string(config.bootstrap_expect);
  member.set_protocol_min(1);
  member.set_protocol_max(5);
  member.set_protocol_cur(2);
  member.set_delegate_min(2);
  member.set_delegate_max(5);
  member.set_delegate_cur(4);
  return member;
}

messages::Member wan_member(const agent_config& config, const std::string& id) {
  auto member = lan_member(config, id);
  member.set_name(fmt::format("{}.{}", config.node_name, config.datacenter));
  member.set_addr(config.addresses.advertise_wan);
  member.set_port(config.ports.serf_wan);
  for (const char* lan_only : {"bootstrap", "expect", "wan_join_port"})
    member.mutable_tags()->erase(lan_only);
  return member;
}

messages::AgentSelf self_description(const agent_config& config, const std::string& id) {
  messages::AgentSelf self;
  auto& summary = *self.mutable_config();
  summary.set_datacenter(config.datacenter);
  summary.set_primary_datacenter(config.primary_datacenter);
  summary.set_node_name(config.node_name);
  summary.set_node_id(id);
  summary.set_revision(fmt::format("troupe-{}", messages::troupe_version));
  summary.set_server(config.server);
  summary.set_version(std::string(messages::consul_version));
  *self.mutable_debug_config() = debug_config(config, id);
  *self.mutable_member() = lan_member(config, id);
  *self.mutable_meta() = catalog_node(config, id).meta();
  describe_program(config, self);
  return self;
}

actors::metrics_naming metrics_naming(const agent_config& config) {
  actors::metrics_naming naming{.prefix = config.telemetry.metrics_prefix,
                                .shows_others = config.telemetry.filter_default};
  utsname names{};
  if (!config.telemetry.disable_hostname && ::uname(&names) == 0)
    naming.host = names.nodename;
  for (const auto& rule : config.telemetry.prefix_filter) {
    if (rule.starts_with('+'))
      naming.shown.push_back(rule.substr(1));
    else if (rule.starts_with('-'))
      naming.hidden.push_back(rule.substr(1));
  }
  return naming;
}

}  // namespace troupe::agent
