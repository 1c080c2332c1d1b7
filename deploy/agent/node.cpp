#include "deploy/agent/node.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/autopilot/autopilot_actor.hpp"
#include "actors/cache/request_cache_actor.hpp"
#include "actors/coordinates/coordinate_batcher_actor.hpp"
#include "actors/coordinates/coordinate_sender_actor.hpp"
#include "actors/events/event_actor.hpp"
#include "actors/health/health_prober_actor.hpp"
#include "actors/leader/leader_duties_actor.hpp"
#include "actors/link/failures.hpp"
#include "actors/link/link_directory.hpp"
#include "actors/link/message_kinds.hpp"
#include "actors/link/peer_links_actor.hpp"
#include "actors/pools/pool_operator_actor.hpp"
#include "actors/raft/raft_group.hpp"
#include "actors/reads/catalog_actor.hpp"
#include "actors/reads/kv_shard_actor.hpp"
#include "actors/registry/local_registry_actor.hpp"
#include "actors/router/router_actor.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/io_thread.hpp"
#include "actors/runtime/leadership.hpp"
#include "actors/runtime/outside.hpp"
#include "actors/self/agent_self_actor.hpp"
#include "actors/servers/server_keeper_actor.hpp"
#include "actors/session/session_keeper_actor.hpp"
#include "deploy/agent/dns_front.hpp"
#include "deploy/agent/gossip_pools.hpp"
#include "deploy/agent/http_front.hpp"
#include "deploy/agent/node_identity.hpp"
#include "deploy/agent/prober_factory.hpp"
#include "deploy/agent/reload.hpp"
#include "storage/data_directory.hpp"

namespace troupe::agent {

namespace {

namespace fs = std::filesystem;
using messages::errc;
using messages::failure;
using messages::result;

// How long the configuration's own services may take to be taken in; they are local.
constexpr std::chrono::seconds registration_timeout{10};
// Of a server that leaves, from the Raft configuration; Consul waits as long.
constexpr std::chrono::seconds removal_timeout{5};

// -dev keeps nothing: its directory is in memory where the system has such a place.
class development_directory {
 public:
  static result<std::unique_ptr<development_directory>> make() {
    std::error_code ignored;
    const bool in_memory = fs::is_directory("/dev/shm", ignored);
    std::string path =
        ((in_memory ? fs::path("/dev/shm") : fs::temp_directory_path()) / "troupe-dev-XXXXXX")
            .string();
    if (mkdtemp(path.data()) == nullptr)
      return failure{errc::io, "no temporary directory can be made"};
    return std::unique_ptr<development_directory>(new development_directory(path));
  }
  development_directory(const development_directory&) = delete;
  development_directory& operator=(const development_directory&) = delete;
  ~development_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit development_directory(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

std::size_t io_thread_count() {
  constexpr std::size_t most = 8;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most);
}

caf::actor_system_config& actor_settings(caf::actor_system_config& settings) {
  // The stealing policy lets timers wait for seconds under load.
  settings.set("scheduler.policy", caf::atom("sharing"));
  settings.set("scheduler.max-threads",
               std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  settings.set("scheduler.max-throughput", std::size_t{50});
  actors::link::configure_links(settings);
  return settings;
}

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

struct reader_pair {
  actors::kv_shard_actor kv_shard;
  actors::catalog_actor catalog;
};

struct node::parts {
  agent_config config;
  std::string id;
  std::unique_ptr<development_directory> temporary;
  std::optional<storage::data_directory> directory;
  actors::raft::raft_storage storage;
  actors::leadership leads;
  std::shared_ptr<actors::link::link_directory> servers =
      std::make_shared<actors::link::link_directory>();
  caf::actor_system_config settings;
  std::unique_ptr<caf::actor_system> system;
  std::vector<std::unique_ptr<actors::io_thread>> threads;
  std::unique_ptr<prober_factory> probers;
  std::unique_ptr<http_front> http;
  std::unique_ptr<dns_front> dns;

  std::unique_ptr<gossip_pools> gossip;
  actors::raft::raft_group raft;  // empty on a client agent, as are sessions and coordinates
  actors::session_keeper_actor sessions;
  actors::coordinate_batcher_actor coordinates;
  actors::link::peer_links_actor links;
  actors::server_keeper_actor server_keeper;
  actors::autopilot_actor autopilot;
  actors::pool_operator_actor pools;
  actors::event_actor events;
  actors::coordinate_sender_actor coordinate_sender;
  std::vector<reader_pair> readers;  // of each thread
  std::vector<actors::router_actor> routers;
  actors::request_cache_actor cache;
  actors::local_registry_actor registry;
  actors::agent_self_actor self;
  actors::leader_duties_actor duties;
  actors::node_actor keeper;

  ~parts() { stop(); }

  result<void> open_data();
  result<void> open_state();
  result<void> start_gossip();
  result<void> start_servers_actors();
  void start_readers();
  void start_autopilot();
  void start_routers();
  actors::router::other_servers other_servers() const;
  result<void> start_links();
  void start_cache();
  result<void> start_registry();
  void start_duties();
  void start_leader_duties();
  result<void> register_configured();
  result<void> start_http(std::function<void()> on_leave);
  void hand_over();
  void wait_until_removed();
  std::optional<messages::RaftStatus> raft_status(const actors::raft_peer_actor& of) const;
  void stop();
};

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

std::optional<messages::RaftStatus> node::parts::raft_status(
    const actors::raft_peer_actor& of) const {
  caf::scoped_actor asking{*system};
  std::optional<messages::RaftStatus> status;
  asking->request(of, std::chrono::seconds(1), messages::RaftStatusQuery{})
      .receive([&](messages::RaftStatus& known) { status = std::move(known); },
               [](const caf::error&) {});
  return status;
}

// A leader that leaves lets another one lead first: nobody waits for an election.
void node::parts::hand_over() {
  if (!config.server || !leads.leads())
    return;
  const auto status = raft_status(raft.peer);
  if (!status || status->configuration().servers_size() < 2)
    return;
  caf::scoped_actor asking{*system};
  asking
      ->request(raft.peer, messages::limits::gossip_leave_timeout,
                messages::TransferRaftLeadership{})
      .receive([](const messages::RaftLeadershipTransferred&) {},
               [](const caf::error& why) {
                 spdlog::warn("agent: the leadership was not handed over: {}",
                              actors::from_caf(why).detail);
               });
}

// The leader hears of the leave and takes this server out of the configuration. One that ends
// before that counts as failed for a majority that there may not be any more.
void node::parts::wait_until_removed() {
  if (!config.server)
    return;
  const auto own = raft_status(raft.peer);
  if (!own || own->configuration().servers_size() < 2)
    return;
  caf::scoped_actor waiting{*system};
  const auto deadline = system->clock().now() + removal_timeout;
  while (system->clock().now() < deadline) {
    // Whoever is removed hears of the leader no more.
    for (const auto& [other, link] : *servers->all()) {
      const auto status = raft_status(link.raft_peer);
      if (!status || !status->is_leader())
        continue;
      const auto& all = status->configuration().servers();
      if (std::none_of(all.begin(), all.end(), [this](const auto& one) { return one.id() == id; }))
        return;
    }
    waiting->receive([](const messages::Done&) {},
                     caf::after(std::chrono::milliseconds(50)) >> [] {});
  }
  spdlog::warn("agent: this server is still in the Raft configuration");
}

// Outside first: no new requests, then nobody who asks, then those who are asked.
void node::parts::stop() {
  if (!system)
    return;
  http.reset();
  dns.reset();
  const auto end = [](const auto& actor) {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  end(autopilot);
  end(server_keeper);
  end(duties);
  end(coordinate_sender);
  end(events);
  end(self);
  end(registry);
  end(keeper);
  end(cache);
  end(links);
  for (const auto& each : routers)
    end(each);
  for (const auto& each : readers) {
    end(each.kv_shard);
    end(each.catalog);
  }
  end(pools);
  if (gossip)
    gossip->end();
  end(coordinates);
  end(sessions);
  end(raft.peer);
  end(raft.log_writer);
  end(raft.state_machine);
  autopilot = nullptr;
  server_keeper = nullptr;
  links = nullptr;
  duties = nullptr;
  coordinate_sender = nullptr;
  events = nullptr;
  pools = nullptr;
  coordinates = nullptr;
  self = nullptr;
  registry = nullptr;
  keeper = nullptr;
  cache = nullptr;
  routers.clear();
  readers.clear();
  sessions = nullptr;
  raft = {};
  system->await_all_actors_done();
  for (auto& each : threads)
    each->stop();
  probers.reset();
  gossip.reset();
  threads.clear();
  system.reset();
  storage = {};
}

result<std::unique_ptr<node>> node::start(agent_config config, callbacks tell) {
  auto made = std::make_unique<parts>();
  made->config = std::move(config);
  if (auto opened = made->open_data(); !opened)
    return opened.error();
  made->system = std::make_unique<caf::actor_system>(actor_settings(made->settings));
  for (std::size_t i = 0; i < io_thread_count(); ++i) {
    made->threads.push_back(std::make_unique<actors::io_thread>(*made->system));
    made->threads.back()->start();
  }
  if (auto started = made->start_gossip(); !started)
    return started.error();
  if (made->config.server) {
    if (auto started = made->start_servers_actors(); !started)
      return started.error();
    made->start_readers();
    made->start_autopilot();
  }
  made->start_routers();
  if (auto started = made->start_links(); !started)
    return started.error();
  made->start_cache();
  if (auto started = made->start_registry(); !started)
    return started.error();
  made->start_duties();
  if (auto registered = made->register_configured(); !registered)
    return registered.error();
  if (auto opened = made->start_http(std::move(tell.on_leave)); !opened)
    return opened.error();
  made->gossip->join(made->config, [give_up = std::move(tell.on_give_up)](const std::string& why) {
    spdlog::error("{}", why);
    give_up();
  });
  return std::unique_ptr<node>(new node(std::move(made)));
}

node::node(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

node::~node() = default;

void node::leave() {
  parts_->hand_over();
  parts_->gossip->leave();
  parts_->wait_until_removed();
}

void node::reload() {
  caf::anon_send(parts_->keeper, actors::m::ReloadRequest{});
}

const std::string& node::id() const {
  return parts_->id;
}

const agent_config& node::config() const {
  return parts_->config;
}

}  // namespace troupe::agent
