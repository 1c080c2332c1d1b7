// From merged keys to agent_config: one function a section, each the same step: what was given,
// else the default that stands in the struct.

#include "deploy/agent/agent_config.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

#include <unistd.h>

#include "deploy/agent/agent_addresses.hpp"
#include "deploy/agent/agent_effects.hpp"
#include "deploy/agent/agent_flags.hpp"
#include "deploy/agent/agent_text.hpp"
#include "messages/ensure.hpp"
#include "messages/go_duration.hpp"

namespace troupe::agent {

namespace {

using messages::Config;
using messages::errc;
using messages::failure;
using messages::result;

// What -dev puts below everything that is given.
constexpr const char* dev_layer = R"(
  bind_addr = "127.0.0.1"
  server = true
  bootstrap = true
  enable_debug = true
  log_level = "DEBUG"
  ui_config { enabled = true }
  connect { enabled = true }
  gossip_lan {
    gossip_interval = "100ms"
    probe_interval = "100ms"
    probe_timeout = "100ms"
    suspicion_mult = 3
  }
  gossip_wan {
    gossip_interval = "100ms"
    probe_interval = "100ms"
    probe_timeout = "100ms"
    suspicion_mult = 3
  }
  performance { raft_multiplier = 1 }
  ports { grpc = 8502 }
)";

template <class From, class To>
void take(bool given, const From& from, To& to) {
  if (given)
    to = static_cast<To>(from);
}

void take_time(bool given, std::int64_t from, duration& to) {
  if (given)
    to = duration(from);
}

std::string lower(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0)
    return {};
  return name.data();
}

void take_node(const Config& from, agent_config& to) {
  take(from.has_server(), from.server(), to.server);
  take(from.has_bootstrap(), from.bootstrap(), to.bootstrap);
  to.node_name = from.has_node_name() ? from.node_name() : host_name();
  take(from.has_node_id(), lower(from.node_id()), to.node_id);
  take(from.has_datacenter(), lower(from.datacenter()), to.datacenter);
  to.primary_datacenter = from.has_primary_datacenter() ? lower(from.primary_datacenter())
                          : from.has_acl_datacenter()   ? lower(from.acl_datacenter())
                                                        : to.datacenter;
  to.node_meta = {from.node_meta().begin(), from.node_meta().end()};
  take(from.has_data_dir(), from.data_dir(), to.data_dir);
  take(from.has_pid_file(), from.pid_file(), to.pid_file);
  take(from.has_domain(), from.domain(), to.domain);
  if (!to.domain.ends_with('.'))
    to.domain += '.';
  take(from.has_alt_domain(), from.alt_domain(), to.alt_domain);
}

result<void> take_bootstrap(const Config& from, agent_config& to) {
  take(from.has_read_replica(), from.read_replica(), to.read_replica);
  const auto expect = from.bootstrap_expect();
  if (expect < 0)
    return failure{errc::bad_request, "bootstrap_expect cannot be " + std::to_string(expect) +
                                          ". Must be greater than or equal to zero"};
  if (expect > 0 && to.dev)
    return failure{errc::bad_request, "'bootstrap_expect > 0' not allowed in dev mode"};
  if (expect > 0 && to.bootstrap)
    return failure{errc::bad_request,
                   "'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive"};
  if (expect > 0 && !to.server)
    return failure{errc::bad_request, "'bootstrap_expect > 0' requires 'server = true'"};
  if (expect == 1) {
    to.bootstrap = true;
    to.warnings.emplace_back("BootstrapExpect is set to 1; this is the same as Bootstrap mode.");
    return {};
  }
  if (expect == 2)
    to.warnings.emplace_back("bootstrap_expect = 2: a cluster of 2 servers stands no failure");
  else if (expect > 0 && expect % 2 == 0)
    to.warnings.emplace_back(
        "bootstrap_expect is even number: one server fewer stands as many "
        "failures");
  to.bootstrap_expect = static_cast<std::uint32_t>(expect);
  return {};
}

void take_ports(const Config& config, agent_config& out) {
  const auto& from = config.ports();
  auto& to = out.ports;
  to.grpc_tls = out.server ? 8503 : -1;
  take(from.has_dns(), from.dns(), to.dns);
  take(from.has_http(), from.http(), to.http);
  take(from.has_https(), from.https(), to.https);
  take(from.has_grpc(), from.grpc(), to.grpc);
  take(from.has_grpc_tls(), from.grpc_tls(), to.grpc_tls);
  take(from.has_server(), from.server(), to.server);
  take(from.has_serf_lan(), from.serf_lan(), to.serf_lan);
  take(from.has_serf_wan(), from.serf_wan(), to.serf_wan);
}

void take_joining(const Config& from, agent_config& to) {
  auto& lan = to.retry_join.addresses;
  lan.assign(from.start_join().begin(), from.start_join().end());
  lan.insert(lan.end(), from.retry_join().begin(), from.retry_join().end());
  take_time(from.has_retry_interval(), from.retry_interval(), to.retry_join.interval);
  take(from.has_retry_max(), from.retry_max(), to.retry_join.attempts_max);
  auto& wan = to.retry_join_wan.addresses;
  wan.assign(from.start_join_wan().begin(), from.start_join_wan().end());
  wan.insert(wan.end(), from.retry_join_wan().begin(), from.retry_join_wan().end());
  take_time(from.has_retry_interval_wan(), from.retry_interval_wan(), to.retry_join_wan.interval);
  take(from.has_retry_max_wan(), from.retry_max_wan(), to.retry_join_wan.attempts_max);
  take(from.has_rejoin_after_leave(), from.rejoin_after_leave(), to.rejoin_after_leave);
  to.leave_on_terminate = from.has_leave_on_terminate() ? from.leave_on_terminate() : !to.server;
  to.skip_leave_on_interrupt =
      from.has_skip_leave_on_interrupt() ? from.skip_leave_on_interrupt() : to.server;
  take_time(from.has_reconnect_timeout(), from.reconnect_timeout(), to.reconnect_timeout);
  take_time(from.has_reconnect_timeout_wan(), from.reconnect_timeout_wan(),
            to.reconnect_timeout_wan);
  take_time(from.has_advertise_reconnect_timeout(), from.advertise_reconnect_timeout(),
            to.advertise_reconnect_timeout);
}

void take_encryption(const Config& from, agent_config& to) {
  take(from.has_encrypt(), from.encrypt(), to.encryption.key);
  take(from.has_encrypt_verify_incoming(), from.encrypt_verify_incoming(),
       to.encryption.verify_incoming);
  take(from.has_encrypt_verify_outgoing(), from.encrypt_verify_outgoing(),
       to.encryption.verify_outgoing);
  to.encryption.keeps_keyring = !to.dev && !from.disable_keyring_file();
  to.coordinates_enabled = !from.disable_coordinates();
}

void take_gossip(const messages::GossipConfig& from, gossip_options& to) {
  take(from.has_gossip_nodes(), from.gossip_nodes(), to.gossip_nodes);
  take_time(from.has_gossip_interval(), from.gossip_interval(), to.gossip_interval);
  take_time(from.has_probe_interval(), from.probe_interval(), to.probe_interval);
  take_time(from.has_probe_timeout(), from.probe_timeout(), to.probe_timeout);
  take(from.has_retransmit_mult(), from.retransmit_mult(), to.retransmit_multiplier);
  take(from.has_suspicion_mult(), from.suspicion_mult(), to.suspicion_multiplier);
}

result<void> take_autopilot(const Config& config, agent_config& out) {
  const auto& from = config.autopilot();
  auto& to = out.autopilot;
  for (const auto& [name, value] : {std::pair("max_trailing_logs", from.max_trailing_logs()),
                                    std::pair("min_quorum", from.min_quorum())}) {
    if (value < 0)
      return failure{errc::bad_request, "autopilot." + std::string(name) + " cannot be " +
                                            std::to_string(value) +
                                            ". Must be greater than or equal to zero"};
  }
  take(from.has_cleanup_dead_servers(), from.cleanup_dead_servers(), to.cleanup_dead_servers);
  take_time(from.has_last_contact_threshold(), from.last_contact_threshold(),
            to.last_contact_threshold);
  if (from.has_max_trailing_logs())
    to.max_trailing_logs = static_cast<std::uint64_t>(from.max_trailing_logs());
  if (from.has_min_quorum())
    to.min_quorum = static_cast<std::uint32_t>(from.min_quorum());
  take_time(from.has_server_stabilization_time(), from.server_stabilization_time(),
            to.server_stabilization_time);
  take(from.has_redundancy_zone_tag(), from.redundancy_zone_tag(), to.redundancy_zone_tag);
  take(from.has_disable_upgrade_migration(), from.disable_upgrade_migration(),
       to.disable_upgrade_migration);
  take(from.has_upgrade_version_tag(), from.upgrade_version_tag(), to.upgrade_version_tag);
  return {};
}

result<void> take_raft(const Config& from, agent_config& to) {
  int multiplier = 5;
  take(from.performance().has_raft_multiplier(), from.performance().raft_multiplier(), multiplier);
  if (multiplier < 1 || multiplier > 10)
    return failure{errc::bad_request, "performance.raft_multiplier cannot be " +
                                          std::to_string(multiplier) +
                                          ". Must be between 1 and 10"};
  // Consul's seconds allow for a disk and a network far slower than today's; servers here notice
  // within a second at the default multiplier that their leader is gone.
  const raft_timing base = to.dev ? raft_timing{35ms, 52ms, 20ms} : raft_timing{100ms, 100ms, 50ms};
  to.raft.timing = {base.heartbeat_timeout * multiplier, base.election_timeout * multiplier,
                    base.leader_lease_timeout * multiplier};
  take(from.has_raft_snapshot_threshold(), from.raft_snapshot_threshold(),
       to.raft.snapshot_threshold_entries);
  take_time(from.has_raft_snapshot_interval(), from.raft_snapshot_interval(),
            to.raft.snapshot_interval);
  take(from.has_raft_trailing_logs(), from.raft_trailing_logs(), to.raft.trailing_entries);
  const auto& performance = from.performance();
  take_time(performance.has_leave_drain_time(), performance.leave_drain_time(),
            to.leave_drain_time);
  take_time(performance.has_rpc_hold_timeout(), performance.rpc_hold_timeout(),
            to.rpc_hold_timeout);
  return {};
}

void take_http(const Config& config, agent_config& out) {
  const auto& from = config.http_config();
  auto& to = out.http;
  to.block_endpoints = {from.block_endpoints().begin(), from.block_endpoints().end()};
  to.response_headers = {from.response_headers().begin(), from.response_headers().end()};
  take(from.has_use_cache(), from.use_cache(), to.use_cache);
  if (from.max_header_bytes() > 0)
    to.header_bytes_max = static_cast<std::uint64_t>(from.max_header_bytes());
  take_time(from.has_read_timeout(), from.read_timeout(), to.read_timeout);
  take_time(from.has_write_timeout(), from.write_timeout(), to.write_timeout);
  take_time(from.has_read_header_timeout(), from.read_header_timeout(), to.read_header_timeout);
  take_time(from.has_idle_timeout(), from.idle_timeout(), to.idle_timeout);
  const auto& limits = config.limits();
  take(limits.has_http_max_conns_per_client(), limits.http_max_conns_per_client(),
       out.limits.connections_per_client_max);
  take(limits.has_kv_max_value_size(), limits.kv_max_value_size(), out.limits.kv_value_bytes_max);
  take(limits.has_txn_max_req_len(), limits.txn_max_req_len(), out.limits.txn_request_bytes_max);
}

// A count or a number of seconds that cannot be negative.
result<void> take_count(const char* key, bool given, std::int64_t from, std::uint32_t& to) {
  if (!given)
    return {};
  if (from < 0 || from > std::numeric_limits<std::int32_t>::max())
    return failure{errc::bad_request, std::string("dns_config.") + key + " cannot be " +
                                          std::to_string(from) +
                                          ". Must be greater than or equal to zero"};
  to = static_cast<std::uint32_t>(from);
  return {};
}

result<void> take_service_ttls(const messages::DnsConfig& from, dns_options& to) {
  for (const auto& [name, text] : from.service_ttl()) {
    const auto ttl = messages::parse_go_duration(text);
    if (!ttl)
      return failure{errc::bad_request, "dns_config.service_ttl: invalid duration for \"" + name +
                                            "\": " + ttl.error().detail};
    to.service_ttl[name] = *ttl;
  }
  return {};
}

result<void> take_dns(const Config& config, agent_config& out) {
  const auto& from = config.dns_config();
  auto& to = out.dns;
  out.recursors = {config.recursors().begin(), config.recursors().end()};
  take_time(from.has_node_ttl(), from.node_ttl(), to.node_ttl);
  take(from.has_allow_stale(), from.allow_stale(), to.allow_stale);
  take_time(from.has_max_stale(), from.max_stale(), to.max_stale);
  take(from.has_only_passing(), from.only_passing(), to.only_passing);
  take(from.has_use_cache(), from.use_cache(), to.use_cache);
  take_time(from.has_cache_max_age(), from.cache_max_age(), to.cache_max_age);
  take(from.has_enable_truncate(), from.enable_truncate(), to.enable_truncate);
  take(from.has_disable_compression(), from.disable_compression(), to.disable_compression);
  take(from.has_enable_additional_node_meta_txt(), from.enable_additional_node_meta_txt(),
       to.enable_additional_node_meta_txt);
  take_time(from.has_recursor_timeout(), from.recursor_timeout(), to.recursor_timeout);
  if (const auto& how = from.recursor_strategy(); !how.empty() && how != "sequential") {
    if (how != "random")
      return failure{errc::bad_request,
                     "dns_config.recursor_strategy: unknown strategy: \"" + how + "\""};
    to.random_recursors = true;
  }
  std::uint32_t udp_answers = static_cast<std::uint32_t>(to.udp_answer_limit);
  std::uint32_t records = 0;
  const auto& soa = from.soa();
  struct count {
    const char* key;
    bool given;
    std::int64_t from;
    std::uint32_t& to;
  };
  const count counts[] = {
      {"udp_answer_limit", from.has_udp_answer_limit(), from.udp_answer_limit(), udp_answers},
      {"a_record_limit", from.has_a_record_limit(), from.a_record_limit(), records},
      {"soa.refresh", soa.has_refresh(), soa.refresh(), to.soa_refresh_s},
      {"soa.retry", soa.has_retry(), soa.retry(), to.soa_retry_s},
      {"soa.expire", soa.has_expire(), soa.expire(), to.soa_expire_s},
      {"soa.min_ttl", soa.has_min_ttl(), soa.min_ttl(), to.soa_min_ttl_s}};
  for (const auto& each : counts) {
    if (auto done = take_count(each.key, each.given, each.from, each.to); !done)
      return done;
  }
  to.udp_answer_limit = static_cast<int>(udp_answers);
  to.a_record_limit = static_cast<int>(records);
  return take_service_ttls(from, to);
}

result<void> take_ui(const Config& config, agent_config& out) {
  const auto& from = config.ui_config();
  auto& to = out.ui;
  take(config.has_ui(), config.ui(), to.enabled);
  take(config.has_ui_dir(), config.ui_dir(), to.directory);
  take(config.has_ui_content_path(), config.ui_content_path(), to.content_path);
  take(from.has_enabled(), from.enabled(), to.enabled);
  take(from.has_dir(), from.dir(), to.directory);
  take(from.has_content_path(), from.content_path(), to.content_path);
  to.dashboard_url_templates = {from.dashboard_url_templates().begin(),
                                from.dashboard_url_templates().end()};
  // -dev turns the page on by itself, which does not stand against a directory.
  if (to.enabled && !to.directory.empty() && !out.dev)
    return failure{errc::bad_request,
                   "Both the ui_config.enabled and ui_config.dir (or -ui and -ui-dir) were "
                   "specified, please provide only one."};
  to.enabled = to.enabled || !to.directory.empty();
  if (!to.content_path.starts_with('/'))
    to.content_path.insert(0, "/");
  if (!to.content_path.ends_with('/'))
    to.content_path += '/';
  return {};
}

result<void> take_checks(const Config& from, agent_config& to) {
  auto& checks = to.checks;
  take(from.has_enable_script_checks(), from.enable_script_checks(), checks.enable_script_checks);
  take(from.has_enable_local_script_checks(), from.enable_local_script_checks(),
       checks.enable_local_script_checks);
  take_time(from.has_check_update_interval(), from.check_update_interval(), checks.update_interval);
  if (from.has_check_output_max_size() && from.check_output_max_size() < 1)
    return failure{errc::bad_request, "check_output_max_size cannot be " +
                                          std::to_string(from.check_output_max_size()) +
                                          ". Must be greater than zero"};
  take(from.has_check_output_max_size(), from.check_output_max_size(), checks.output_bytes_max);
  take(from.has_discard_check_output(), from.discard_check_output(), checks.discard_output);
  to.services = {from.services().begin(), from.services().end()};
  to.check_definitions = {from.checks().begin(), from.checks().end()};
  return {};
}

void take_the_rest(const Config& from, agent_config& to) {
  take(from.has_log_level(), lower(from.log_level()), to.log.level);
  to.log.level = to.log.level == "err" ? "error" : to.log.level;
  take(from.has_log_json(), from.log_json(), to.log.json);
  const auto& telemetry = from.telemetry();
  take(telemetry.has_metrics_prefix(), telemetry.metrics_prefix(), to.telemetry.metrics_prefix);
  take(telemetry.has_disable_hostname(), telemetry.disable_hostname(),
       to.telemetry.disable_hostname);
  take(telemetry.has_filter_default(), telemetry.filter_default(), to.telemetry.filter_default);
  to.telemetry.prefix_filter = {telemetry.prefix_filter().begin(), telemetry.prefix_filter().end()};
  take_time(telemetry.has_prometheus_retention_time(), telemetry.prometheus_retention_time(),
            to.telemetry.prometheus_retention_time);
  take_time(from.has_default_query_time(), from.default_query_time(), to.default_query_time);
  take_time(from.has_max_query_time(), from.max_query_time(), to.max_query_time);
  take_time(from.session_ttl_min() > 0, from.session_ttl_min(), to.session_ttl_min);
  take(from.has_disable_kv_key_validation(), from.disable_kv_key_validation(),
       to.disable_kv_key_validation);
  take(from.has_disable_http_unprintable_char_filter(), from.disable_http_unprintable_char_filter(),
       to.disable_http_unprintable_char_filter);
  take(from.has_enable_debug(), from.enable_debug(), to.enable_debug);
  take(from.connect().has_enabled(), from.connect().enabled(), to.connect_enabled);
  const auto& ca = from.connect().ca_config().fields();
  if (const auto id = ca.find("cluster_id"); id != ca.end())
    to.connect_cluster_id = id->second.string_value();
}

// -- addresses ---------------------------------------------------------------

using addresses = std::vector<interface_address>;

// The one address of this machine that others may reach it at, if it listens on all.
result<std::string> detect_advertise(const std::string& bind, const addresses& local) {
  if (!is_any_ip(bind))
    return bind;
  std::vector<std::string> found;
  for (const auto& each : local) {
    const bool v6 = each.ip.find(':') != std::string::npos;
    const bool fits = bind == "0.0.0.0" ? is_private_ipv4(each.ip)
                                        : v6 && each.ip != "::1" && !each.ip.starts_with("fe80");
    if (fits)
      found.push_back(each.ip);
  }
  const std::string what = bind == "0.0.0.0" ? "private IPv4" : "public IPv6";
  if (found.empty())
    return failure{errc::bad_request, "No " + what + " address found"};
  if (found.size() > 1)
    return failure{errc::bad_request,
                   "Multiple " + what +
                       " addresses found. Please configure one with 'bind' and/or 'advertise'."};
  return std::move(found.front());
}

struct address_key {
  const char* name;
  bool given;
  const std::string& text;
};

result<void> take_address(const address_key& key, const addresses& local, std::string& to) {
  if (!key.given || key.text.empty())
    return {};
  auto ip = expand_address(key.name, key.text, local);
  if (!ip)
    return ip.error();
  to = *std::move(ip);
  return {};
}

result<void> take_addresses(const address_key& key, const addresses& local,
                            std::vector<std::string>& to) {
  if (!key.given)
    return {};
  auto list = expand_addresses(key.name, key.text, local);
  if (!list)
    return list.error();
  to = *std::move(list);
  return {};
}

result<void> take_node_addresses(const Config& from, const addresses& local,
                                 network_addresses& to) {
  if (auto done =
          take_address({"bind_addr", from.has_bind_addr(), from.bind_addr()}, local, to.bind);
      !done)
    return done;
  const auto& v4 = from.advertise_addr_ipv4();
  const auto& advertise = from.has_advertise_addr()        ? from.advertise_addr()
                          : from.has_advertise_addr_ipv4() ? v4
                                                           : from.advertise_addr_ipv6();
  if (auto done = take_address({"advertise_addr", true, advertise}, local, to.advertise); !done)
    return done;
  if (to.advertise.empty()) {
    auto detected = detect_advertise(to.bind, local);
    if (!detected)
      return detected.error();
    to.advertise = *std::move(detected);
  }
  to.advertise_wan = to.advertise;
  if (auto done = take_address(
          {"advertise_addr_wan", from.has_advertise_addr_wan(), from.advertise_addr_wan()}, local,
          to.advertise_wan);
      !done)
    return done;
  to.serf_lan_bind = to.bind;
  to.serf_wan_bind = to.bind;
  if (auto done =
          take_address({"serf_wan", from.has_serf_wan(), from.serf_wan()}, local, to.serf_wan_bind);
      !done)
    return done;
  return take_address({"serf_lan", from.has_serf_lan(), from.serf_lan()}, local, to.serf_lan_bind);
}

result<void> take_client_addresses(const Config& from, const addresses& local,
                                   network_addresses& to) {
  if (auto done = take_addresses({"client_addr", from.has_client_addr(), from.client_addr()}, local,
                                 to.client);
      !done)
    return done;
  to.http = to.client;
  to.dns = to.client;
  const auto& own = from.addresses();
  if (auto done = take_addresses({"addresses.http", own.has_http(), own.http()}, local, to.http);
      !done)
    return done;
  return take_addresses({"addresses.dns", own.has_dns(), own.dns()}, local, to.dns);
}

}  // namespace

result<agent_config> make_agent_config(Config given, bool dev) {
  agent_config out;
  out.dev = dev;
  auto idle = effects_of(given);
  if (!idle)
    return idle.error();
  out.warnings = *std::move(idle);
  Config all;
  if (dev) {
    auto layer = parse_config_text("dev", dev_layer, false);
    messages::ensure(layer.has_value());
    all = *std::move(layer);
  }
  all.MergeFrom(given);
  take_node(all, out);
  take_ports(all, out);
  take_joining(all, out);
  take_encryption(all, out);
  take_gossip(all.gossip_lan(), out.gossip_lan);
  take_gossip(all.gossip_wan(), out.gossip_wan);
  take_http(all, out);
  take_the_rest(all, out);
  for (const auto step :
       {take_bootstrap, take_raft, take_autopilot, take_dns, take_ui, take_checks}) {
    if (const auto done = step(all, out); !done)
      return done.error();
  }
  const auto local = local_addresses();
  for (const auto step : {take_node_addresses, take_client_addresses}) {
    if (const auto done = step(all, local, out.addresses); !done)
      return done.error();
  }
  out.source = std::move(given);
  return out;
}

result<agent_config> parse_agent_command_line(const std::vector<std::string>& args) {
  auto flags = read_agent_flags(args);
  if (!flags)
    return flags.error();
  const auto& format = flags->config_format;
  if (!format.empty() && format != "hcl" && format != "json")
    return failure{errc::bad_request, "-config-format must be either 'hcl' or 'json'"};
  std::vector<std::string> skipped;
  auto given = load_config_paths(flags->config_paths, format, skipped);
  if (!given)
    return given.error();
  for (std::size_t i = 0; i < flags->hcl.size(); ++i) {
    const auto piece =
        parse_config_text("flags-" + std::to_string(i) + ".hcl", flags->hcl[i], false);
    if (!piece)
      return piece.error();
    given->MergeFrom(*piece);
  }
  given->MergeFrom(flags->given);
  auto config = make_agent_config(*std::move(given), flags->dev);
  if (!config)
    return config;
  config->arguments = args;
  config->config_paths = std::move(flags->config_paths);
  config->config_format = std::move(flags->config_format);
  config->warnings.insert(config->warnings.begin(), skipped.begin(), skipped.end());
  if (const auto valid = config->validate(); !valid)
    return valid.error();
  return config;
}

}  // namespace troupe::agent
