#include "deploy/agent/http_front.hpp"

#include <string>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>

#include "gateway/http/gateway.hpp"
#include "gateway/http/server.hpp"
#include "messages/version.hpp"

namespace troupe::agent {

namespace {

gateway::gateway_options gateway_options_of(const agent_config& config) {
  gateway::gateway_options options;
  options.node_name = config.node_name;
  options.datacenter = config.datacenter;
  options.revision = fmt::format("troupe-{}", messages::troupe_version);
  options.pretty = config.dev;
  options.response_headers.assign(config.http.response_headers.begin(),
                                  config.http.response_headers.end());
  options.block_endpoints = config.http.block_endpoints;
  options.use_cache = config.http.use_cache;
  options.coordinates_enabled = config.coordinates_enabled;
  options.ui_enabled = config.ui.enabled || !config.ui.directory.empty();
  options.ui_content_path = config.ui.content_path;
  options.ui_dir = config.ui.directory;
  options.kv_value_bytes_max = config.limits.kv_value_bytes_max;
  options.txn_bytes_max = config.limits.txn_request_bytes_max;
  options.default_query_time = config.default_query_time;
  options.max_query_time = config.max_query_time;
  options.rpc_hold_timeout = config.rpc_hold_timeout;
  return options;
}

gateway::connection_options connection_options_of(const agent_config& config) {
  const auto seconds = [](duration value) {
    return std::chrono::duration_cast<std::chrono::seconds>(value);
  };
  gateway::connection_options options;
  options.header_bytes_max = config.http.header_bytes_max;
  options.header_timeout = seconds(config.http.read_header_timeout);
  options.idle_timeout = seconds(config.http.idle_timeout);
  options.body_timeout = seconds(config.http.read_timeout);
  options.connections_per_client_max = static_cast<int>(config.limits.connections_per_client_max);
  return options;
}

}  // namespace

struct http_front::parts {
  std::vector<gateway::spawned_gateway> gateways;
  std::unique_ptr<gateway::http_server> server;
};

http_front::http_front(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

http_front::~http_front() {
  close();
}

messages::result<std::unique_ptr<http_front>> http_front::open(caf::actor_system& system,
                                                               const agent_config& config,
                                                               http_front_needs needs) {
  auto made = std::make_unique<parts>();
  std::vector<gateway::server_lane> lanes;
  for (std::size_t i = 0; i < needs.threads->size(); ++i) {
    auto& thread = *(*needs.threads)[i];
    made->gateways.push_back(spawn_gateway(system, thread, gateway_options_of(config),
                                           {needs.routers[i], needs.registry, needs.self,
                                            needs.node, needs.cache, needs.pools, needs.events},
                                           static_cast<std::uint8_t>(i)));
    lanes.push_back({&thread, made->gateways.back().entry});
  }
  made->server = std::make_unique<gateway::http_server>(lanes, connection_options_of(config));
  std::unique_ptr<http_front> front(new http_front(std::move(made)));
  if (config.ports.http < 0)
    return front;
  for (const auto& address : config.addresses.http) {
    if (address.starts_with("unix://")) {
      if (auto listening = front->parts_->server->listen_unix(address); !listening)
        return listening.error();
      continue;
    }
    const auto port = static_cast<std::uint16_t>(config.ports.http);
    if (auto listening = front->parts_->server->listen_tcp(address, port); !listening)
      return listening.error();
  }
  return front;
}

void http_front::close() {
  parts_->server->stop();
  for (auto& each : parts_->gateways) {
    if (each.handle)
      caf::anon_send_exit(each.handle, caf::exit_reason::user_shutdown);
    each = {};
  }
}

}  // namespace troupe::agent
