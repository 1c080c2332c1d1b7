#include <algorithm>
#include <string>
#include <string_view>

#include "actors/gossip/wire/keyring.hpp"
#include "deploy/agent/agent_addresses.hpp"
#include "deploy/agent/agent_config.hpp"

namespace troupe::agent {

namespace {

using messages::errc;
using messages::failure;
using messages::result;
namespace limits = messages::limits;

failure wrong(std::string why) {
  return {errc::bad_request, std::move(why)};
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool is_letter_or_digit(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

template <class Predicate>
bool all(std::string_view text, Predicate fits) {
  return std::all_of(text.begin(), text.end(), fits);
}

bool is_uuid(std::string_view text) {
  constexpr std::size_t dashes[] = {8, 13, 18, 23};
  if (text.size() != 36)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::find(std::begin(dashes), std::end(dashes), i) != std::end(dashes);
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    if (dash ? c != '-' : !hex)
      return false;
  }
  return true;
}

result<void> check_names(const agent_config& config) {
  if (config.node_name.empty())
    return wrong("node_name cannot be empty");
  if (!config.node_id.empty() && !is_uuid(config.node_id))
    return wrong("node_id: " + config.node_id + " is not a UUID");
  if (!config.connect_cluster_id.empty() && !is_uuid(config.connect_cluster_id))
    return wrong("connect.ca_config.cluster_id: " + config.connect_cluster_id + " is not a UUID");
  for (const auto* name : {&config.datacenter, &config.primary_datacenter}) {
    if (name->empty())
      return wrong("datacenter cannot be empty");
    if (!all(*name, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '_'; }))
      return wrong("datacenter can only contain lowercase alphanumeric, - or _ characters.");
  }
  if (config.data_dir.empty() && !config.dev)
    return wrong("data_dir cannot be empty");
  if (config.bootstrap && !config.server)
    return wrong("'bootstrap = true' requires 'server = true'");
  return {};
}

std::string wrong_pair(const std::string& key, const std::string& value) {
  if (key.empty())
    return "Key cannot be blank";
  if (!all(key, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; }))
    return "Key contains invalid characters";
  if (key.size() > limits::meta_key_bytes_max)
    return "Key is too long (limit: " + std::to_string(limits::meta_key_bytes_max) + " characters)";
  if (key.starts_with("consul-"))
    return "Key prefix 'consul-' is reserved for internal use";
  if (value.size() > limits::meta_value_bytes_max)
    return "Value is too long (limit: " + std::to_string(limits::meta_value_bytes_max) +
           " characters)";
  return "";
}

result<void> check_meta(const agent_config& config) {
  if (config.node_meta.size() > limits::meta_pairs_max)
    return wrong("node_meta invalid: Node metadata cannot contain more than " +
                 std::to_string(limits::meta_pairs_max) + " key/value pairs");
  for (const auto& [key, value] : config.node_meta) {
    if (const auto why = wrong_pair(key, value); !why.empty())
      return wrong("node_meta invalid: Couldn't load metadata pair ('" + key + "', '" + value +
                   "'): " + why);
  }
  return {};
}

struct named_port {
  const char* name;
  std::int32_t port;
  bool needed;
};

result<void> check_network(const agent_config& config) {
  const auto& ports = config.ports;
  const named_port all_ports[] = {
      {"dns", ports.dns, false},           {"http", ports.http, false},
      {"https", ports.https, false},       {"grpc", ports.grpc, false},
      {"grpc_tls", ports.grpc_tls, false}, {"server", ports.server, true},
      {"serf_lan", ports.serf_lan, true},  {"serf_wan", ports.serf_wan, false},
  };
  for (const auto& [name, port, needed] : all_ports) {
    if (port > 65535 || (needed && port < 1))
      return wrong("ports." + std::string(name) + ": " + std::to_string(port) +
                   " is not a valid port");
  }
  for (const auto* address : {&config.addresses.advertise, &config.addresses.advertise_wan}) {
    if (is_any_ip(*address))
      return wrong("Advertise address cannot be 0.0.0.0, :: or [::]");
  }
  return {};
}

result<void> check_values(const agent_config& config) {
  constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error"};
  if (std::find(std::begin(levels), std::end(levels), config.log.level) == std::end(levels))
    return wrong("Invalid log level: " + config.log.level +
                 ". Valid log levels are: [TRACE DEBUG INFO WARN ERROR]");
  if (!all(config.ui.content_path,
           [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '/'; }))
    return wrong("ui-content-path can only contain alphanumeric, -, _, or /. received: '" +
                 config.ui.content_path + "'");
  if (config.reconnect_timeout < 8h)
    return wrong("reconnect_timeout must be at least 8h");
  if (config.default_query_time < 0s || config.max_query_time <= 0s)
    return wrong("default_query_time and max_query_time cannot be negative");
  return {};
}

result<void> check_gossip(const agent_config& config) {
  if (config.reconnect_timeout_wan < 8h)
    return wrong("reconnect_timeout_wan must be at least 8h");
  const std::pair<const char*, const gossip_options&> both[] = {{"gossip_lan", config.gossip_lan},
                                                                {"gossip_wan", config.gossip_wan}};
  for (const auto& [name, gossip] : both) {
    const bool fine = gossip.gossip_nodes > 0 && gossip.gossip_interval > 0s &&
                      gossip.probe_interval > 0s && gossip.probe_timeout > 0s &&
                      gossip.retransmit_multiplier > 0 && gossip.suspicion_multiplier > 0;
    if (!fine)
      return wrong(std::string(name) + ": every value must be greater than zero");
  }
  for (const auto* join : {&config.retry_join, &config.retry_join_wan}) {
    if (join->interval <= 0s || join->attempts_max < 0)
      return wrong("retry_interval must be greater than zero and retry_max not negative");
  }
  if (const auto& key = config.encryption.key; !key.empty()) {
    const auto raw = actors::gossip::parse_key(key);
    const auto ring =
        raw ? actors::gossip::keyring::make({*raw}) : result<actors::gossip::keyring>(raw.error());
    if (!ring)
      return wrong("encrypt has invalid key: " + ring.error().detail);
  }
  return {};
}

}  // namespace

result<void> agent_config::validate() const {
  for (const auto check : {check_names, check_meta, check_network, check_values, check_gossip}) {
    if (auto done = check(*this); !done)
      return done;
  }
  return {};
}

}  // namespace troupe::agent
