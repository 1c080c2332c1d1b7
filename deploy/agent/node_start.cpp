// How a node's actors are made, each with what it needs.
#include <chrono>
#include <filesystem>
#include <utility>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/autopilot/autopilot_actor.hpp"
#include "actors/cache/request_cache_actor.hpp"
#include "actors/coordinates/coordinate_batcher_actor.hpp"
#include "actors/coordinates/coordinate_sender_actor.hpp"
#include "actors/events/event_actor.hpp"
#include "actors/leader/leader_duties_actor.hpp"
#include "actors/link/failures.hpp"
#include "actors/link/link_directory.hpp"
#include "actors/link/peer_links_actor.hpp"
#include "actors/pools/pool_operator_actor.hpp"
#include "actors/reads/catalog_actor.hpp"
#include "actors/reads/kv_shard_actor.hpp"
#include "actors/registry/local_registry_actor.hpp"
#include "actors/router/router_actor.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/outside.hpp"
#include "actors/self/agent_self_actor.hpp"
#include "actors/servers/server_keeper_actor.hpp"
#include "actors/session/session_keeper_actor.hpp"
#include "deploy/agent/node_identity.hpp"
#include "deploy/agent/node_parts.hpp"
#include "deploy/agent/reload.hpp"
#include "storage/data_directory.hpp"

namespace troupe::agent {

namespace fs = std::filesystem;
using messages::failure;
using messages::result;

namespace {

using messages::errc;

// How long the configuration's own services may take to be taken in; they are local.
constexpr std::chrono::seconds registration_timeout{10};

std::string boot_id() {
  std::string id = storage::read_small_file("/proc/sys/kernel/random/boot_id");
  return id.empty() ? "unknown" : id;
}

std::string server_address(const agent_config& config) {
  const bool is_v6 = config.addresses.advertise.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(is_v6 ? "[{}]:{}" : "{}:{}"), config.addresses.advertise,
                     config.ports.server);
}

actors::raft::raft_options raft_options_of(const agent_config& config, const std::string& id) {
  actors::raft::raft_options options;
  options.self = {id};
  // Others wait to be told or added: see actors/servers.
  if (config.bootstrap) {
    auto& own = *options.configuration.add_servers();
    own.set_id(id);
    own.set_node(config.node_name);
    own.set_address(server_address(config));
  }
  options.election_timeout_min = config.raft.timing.election_timeout;
  options.election_timeout_max = 2 * config.raft.timing.election_timeout;
  options.heartbeat_interval = config.raft.timing.heartbeat_timeout / 10;
  return options;
}

// The raft_peer of another server, as those ask for it that speak to it.
std::function<std::optional<actors::raft_peer_actor>(const std::string&)> raft_peers_of(
    const std::shared_ptr<const actors::link::link_directory>& servers) {
  return [servers](const std::string& id) -> std::optional<actors::raft_peer_actor> {
    const auto found = servers->find({id});
    return found ? std::optional(found->raft_peer) : std::nullopt;
  };
}

messages::AutopilotConfiguration first_autopilot(const autopilot_options& options) {
  messages::AutopilotConfiguration first;
  first.set_cleanup_dead_servers(options.cleanup_dead_servers);
  first.set_last_contact_threshold(options.last_contact_threshold.count());
  first.set_max_trailing_logs(options.max_trailing_logs);
  first.set_min_quorum(options.min_quorum);
  first.set_server_stabilization_time(options.server_stabilization_time.count());
  first.set_redundancy_zone_tag(options.redundancy_zone_tag);
  first.set_disable_upgrade_migration(options.disable_upgrade_migration);
  first.set_upgrade_version_tag(options.upgrade_version_tag);
  return first;
}

}  // namespace

// -- what it keeps -----------------------------------------------------------------

result<void> node::parts::open_data() {
  fs::path path = config.data_dir;
  if (config.data_dir.empty()) {
    auto made = development_directory::make();
    if (!made)
      return made.error();
    temporary = std::move(*made);
    path = temporary->path();
  }
  auto opened = storage::data_directory::open(path);
  if (!opened)
    return opened.error();
  directory.emplace(std::move(*opened));
  auto kept_id = node_id(config, path);
  if (!kept_id)
    return kept_id.error();
  id = std::move(*kept_id);
  return config.server ? open_state() : result<void>();
}

result<void> node::parts::open_state() {
  storage::state_machine_options options;
  options.boot_id = boot_id();
  auto both = actors::raft::open_raft_storage(*directory, options);
  if (!both)
    return both.error();
  storage = std::move(*both);
  const auto& report = storage.machine->report();
  for (const auto& rejected : report.rejected)
    spdlog::warn("storage: {}", rejected);
  if (report.rebuilt && report.restored_from.index.value > 0)
    spdlog::info("storage: the state is made anew from the snapshot at {} and the log after it",
                 report.restored_from.index.value);
  return {};
}

// -- its actors --------------------------------------------------------------------

result<void> node::parts::start_servers_actors() {
  actors::raft::raft_group_needs needs;
  needs.storage = storage;
  needs.options = raft_options_of(config, id);
  needs.random_seed = actors::random_seed();
  needs.shared = &leads;
  needs.send_to_server = actors::link::raft_sender(servers);
  needs.find_server = raft_peers_of(servers);
  needs.snapshot_threshold_entries = config.raft.snapshot_threshold_entries;
  needs.snapshot_interval_min = config.raft.snapshot_interval;
  auto group = actors::raft::spawn_raft_group(*system, std::move(needs));
  if (!group)
    return group.error();
  raft = std::move(*group);
  sessions = actors::session::spawn_session_keeper(*system, {.state = &storage.machine->state(),
                                                             .raft_peer = raft.peer,
                                                             .state_machine = raft.state_machine,
                                                             .new_id = random_uuid,
                                                             .ttl_min = config.session_ttl_min});
  return {};
}

result<void> node::parts::start_gossip() {
  auto started =
      gossip_pools::start(*system, *threads.front(), config, id,
                          config.data_dir.empty() ? temporary->path() : fs::path(config.data_dir));
  if (!started)
    return started.error();
  gossip = std::move(*started);
  pools = actors::pools::spawn_pool_operator(
      *system, {.datacenter = config.datacenter, .lan = gossip->lan(), .wan = gossip->wan()});
  return {};
}

void node::parts::start_readers() {
  coordinates = actors::coordinates::spawn_coordinate_batcher(*system, {.raft_peer = raft.peer});
  for (auto& thread : threads) {
    const actors::reads::reader_needs needs{.state = &storage.machine->state(),
                                            .leads = &leads,
                                            .raft_peer = raft.peer,
                                            .state_machine = raft.state_machine,
                                            .jitter_seed = actors::random_seed()};
    readers.push_back({actors::reads::spawn_kv_shard(*system, *thread, needs),
                       actors::reads::spawn_catalog(*system, *thread, needs)});
  }
}

void node::parts::start_autopilot() {
  actors::autopilot::autopilot_needs needs;
  needs.self = id;
  needs.raft_peer = raft.peer;
  needs.catalog = readers.front().catalog;
  needs.pool = gossip->lan();
  needs.find_server = raft_peers_of(servers);
  needs.unix_now_ns = actors::unix_now_ns;
  needs.first = first_autopilot(config.autopilot);
  autopilot = actors::autopilot::spawn_autopilot(*system, std::move(needs));
}

actors::router::other_servers node::parts::other_servers() const {
  actors::router::other_servers others;
  others.find = [known =
                     servers](const std::string& server) -> std::optional<actors::router_actor> {
    const auto found = known->find({server});
    return found ? std::optional(found->router) : std::nullopt;
  };
  others.ids = [known = servers, own = config.datacenter] {
    std::vector<std::string> ids;
    for (const auto& [server, link] : *known->all()) {
      if (link.server.datacenter() == own)
        ids.push_back(server.value);
    }
    return ids;
  };
  others.is_never_sent = actors::link::is_never_sent;
  return others;
}

void node::parts::start_routers() {
  for (std::size_t i = 0; i < threads.size(); ++i) {
    actors::router::router_needs needs;
    needs.datacenter = config.datacenter;
    needs.connect_enabled = config.connect_enabled;
    needs.others = other_servers();
    needs.random_seed = actors::random_seed();
    needs.new_id = random_uuid;
    if (config.server) {
      needs.kv_shard = readers[i].kv_shard;
      needs.catalog = readers[i].catalog;
      needs.raft_peer = raft.peer;
      needs.session_keeper = sessions;
      needs.coordinates = coordinates;
      needs.pools = pools;
      needs.leads = &leads;
      needs.autopilot = autopilot;
    }
    routers.push_back(actors::router::spawn_router(*system, *threads[i], std::move(needs)));
  }
}

// Other servers and client agents reach this one by its links from here on.
result<void> node::parts::start_links() {
  actors::link::peer_links_needs needs;
  needs.own.set_node_id(id);
  needs.own.set_node(config.node_name);
  needs.own.set_datacenter(config.datacenter);
  needs.own.set_server(config.server);
  if (config.server)
    needs.listen = {config.addresses.bind, static_cast<std::uint16_t>(config.ports.server)};
  needs.directory = servers;
  for (std::size_t i = 0; i < threads.size(); ++i)
    needs.routers.push_back({threads[i].get(), routers[i]});
  needs.raft_peer = raft.peer;
  needs.random_seed = actors::random_seed();
  auto opened = actors::link::spawn_peer_links(*system, *threads.back(), std::move(needs));
  if (!opened)
    return opened.error();
  links = opened->actor;
  actors::servers::server_keeper_needs wishes;
  wishes.self = id;
  wishes.datacenter = config.datacenter;
  wishes.pool = gossip->lan();
  wishes.tell_links = [to = links](const actors::m::KnownServers& known) {
    caf::anon_send(to, known);
  };
  wishes.raft_peer = raft.peer;
  wishes.find_server = raft_peers_of(servers);
  server_keeper = actors::servers::spawn_server_keeper(*system, std::move(wishes));
  return {};
}

void node::parts::start_cache() {
  actors::cache::request_cache_needs needs;
  needs.router = routers.front();
  needs.datacenter = config.datacenter;
  needs.random_seed = actors::random_seed();
  needs.options.default_query_time = config.default_query_time;
  needs.options.max_query_time = config.max_query_time;
  cache = actors::cache::spawn_request_cache(*system, *threads.front(), std::move(needs));
}

result<void> node::parts::start_registry() {
  actors::local_registry_settings settings_of_it;
  settings_of_it.node = catalog_node(config, id);
  settings_of_it.data_dir = config.data_dir;
  settings_of_it.check_update_interval = config.checks.update_interval;
  settings_of_it.discard_check_output = config.checks.discard_output;
  settings_of_it.random_seed = actors::random_seed();
  probers = std::make_unique<prober_factory>(*system, threads, routers, config);
  actors::local_registry_needs needs;
  needs.router = routers.front();
  needs.rules = probers->rules();
  needs.start_prober = [this](const actors::prober_order& order) { return probers->start(order); };
  needs.unix_now_ns = actors::unix_now_ns;
  needs.cluster_nodes = [pools_of_it = gossip.get()] { return pools_of_it->lan_members(); };
  registry = actors::spawn_local_registry(*system, std::move(settings_of_it), std::move(needs));
  return {};
}

void node::parts::start_duties() {
  events = actors::events::spawn_events(*system, {.node = config.node_name,
                                                  .router = routers.front(),
                                                  .registry = registry,
                                                  .pool = gossip->lan(),
                                                  .new_id = random_uuid,
                                                  .random_seed = actors::random_seed()});
  if (config.coordinates_enabled)
    coordinate_sender = actors::coordinates::spawn_coordinate_sender(
        *system,
        {.node = config.node_name,
         .lan = gossip->lan(),
         .router = routers.front(),
         .pool_members = [pools_of_it = gossip.get()] { return pools_of_it->lan_members(); },
         .random_seed = actors::random_seed()});
  self = actors::spawn_agent_self(
      *system, {self_description(config, id), raft.peer, registry, gossip->lan(), gossip->wan(),
                metrics_naming(config), config.telemetry.prometheus_retention_time.count() > 0});
  if (config.server)
    start_leader_duties();
}

void node::parts::start_leader_duties() {
  actors::leader_duties_settings settings_of_it;
  settings_of_it.self = catalog_node(config, id);
  settings_of_it.connect_enabled = config.connect_enabled;
  settings_of_it.ca_cluster_id = config.connect_cluster_id;
  duties = actors::spawn_leader_duties(
      *system, std::move(settings_of_it),
      {raft.peer, routers.front(), self, [] { return actors::unix_now_ns() / 1'000'000'000; },
       gossip->lan()});
}

// What the configuration names is registered before the first request is answered.
result<void> node::parts::register_configured() {
  caf::scoped_actor asking{*system};
  std::optional<failure> refused;
  const auto done = [](const actors::m::Done&) {};
  for (const auto& service : config.services) {
    actors::m::RegisterService request;
    *request.mutable_service() = service;
    request.set_from_configuration(true);
    asking->request(registry, registration_timeout, std::move(request))
        .receive(done, [&](const caf::error& why) {
          refused =
              failure{errc::bad_request, fmt::format("Failed to register service \"{}\": {}",
                                                     service.name(), actors::from_caf(why).detail)};
        });
  }
  for (const auto& check : config.check_definitions) {
    actors::m::RegisterCheck request;
    *request.mutable_check() = check;
    request.set_from_configuration(true);
    asking->request(registry, registration_timeout, std::move(request))
        .receive(done, [&](const caf::error& why) {
          refused =
              failure{errc::bad_request, fmt::format("Failed to register check \"{}\": {}",
                                                     check.name(), actors::from_caf(why).detail)};
        });
  }
  if (refused)
    return *refused;
  return {};
}

result<void> node::parts::start_http(std::function<void()> on_leave) {
  keeper = spawn_node_keeper(
      *system, {.config = config, .registry = registry, .on_leave = std::move(on_leave)});
  auto opened = http_front::open(*system, config,
                                 {&threads, routers, registry, self, keeper, cache, pools, events});
  if (!opened)
    return opened.error();
  http = std::move(*opened);
  auto names = dns_front::open(*system, config, {&threads, routers, cache});
  if (!names)
    return names.error();
  dns = std::move(*names);
  return {};
}

}  // namespace troupe::agent
