#include "deploy/agent/gossip_pools.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/gossip/gossip_member_actor.hpp"
#include "actors/gossip/serf/key_operations.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/outside.hpp"
#include "deploy/agent/join_actor.hpp"
#include "deploy/agent/node_identity.hpp"
#include "storage/data_directory.hpp"

namespace troupe::agent {

namespace {

namespace fs = std::filesystem;
namespace gossip = actors::gossip;
using messages::errc;
using messages::failure;
using messages::result;

// Consul's: a name whose node has been dead for so long may come back at another address.
constexpr std::chrono::seconds dead_node_reclaim_time{30};
constexpr std::chrono::seconds stream_timeout_wan{30};

// What differs between the two pools of an agent.
struct pool_plan {
  const char* log_name;
  const char* file_name;  // in serf/ of the data directory
  gossip::serf::pool_kind kind;
  std::string bind;
  std::string advertise;
  std::int32_t port;
  messages::Member self;
  gossip::swim::swim_settings swim;
  gossip::serf::serf_settings serf;
  gossip_options options;
  duration reconnect_timeout;
};

pool_plan lan_plan(const agent_config& config, const std::string& id) {
  pool_plan plan{"gossip.lan",
                 "local",
                 gossip::serf::pool_kind::lan,
                 config.addresses.serf_lan_bind,
                 config.addresses.advertise,
                 config.ports.serf_lan,
                 lan_member(config, id),
                 gossip::swim::swim_settings::lan(),
                 gossip::serf::consul_lan(),
                 config.gossip_lan,
                 config.reconnect_timeout};
  return plan;
}

pool_plan wan_plan(const agent_config& config, const std::string& id) {
  return {"gossip.wan",
          "remote",
          gossip::serf::pool_kind::wan,
          config.addresses.serf_wan_bind,
          config.addresses.advertise_wan,
          config.ports.serf_wan,
          wan_member(config, id),
          gossip::swim::swim_settings::wan(),
          gossip::serf::consul_wan(),
          config.gossip_wan,
          config.reconnect_timeout_wan};
}

// The keyring on disk wins over the key of the configuration, which only begins one.
result<std::vector<std::string>> find_keys(const agent_config& config, const fs::path& file) {
  const bool is_kept = config.encryption.keeps_keyring;
  std::error_code ignored;
  if (is_kept && fs::exists(file, ignored)) {
    std::ifstream in(file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    auto keys = gossip::serf::parse_key_file(text);
    if (!keys)
      return failure{errc::corrupt, fmt::format("{}: {}", file.string(), keys.error().detail)};
    return keys;
  }
  if (config.encryption.key.empty())
    return std::vector<std::string>{};
  auto key = gossip::parse_key(config.encryption.key);
  if (!key)
    return key.error();
  std::vector<std::string> keys{*key};
  auto ring = gossip::keyring::make(keys);
  if (!ring)
    return ring.error();
  if (is_kept) {
    if (auto written = storage::write_durably(file, gossip::serf::print_key_file(*ring)); !written)
      return written.error();
  }
  return keys;
}

result<gossip::endpoint> endpoint_of(const std::string& address, std::int32_t port) {
  auto ip = gossip::ip_address::parse(address);
  if (!ip)
    return ip.error();
  return gossip::endpoint{*ip, static_cast<std::uint16_t>(port)};
}

void take_options(const gossip_options& from, actors::gossip_member_settings& to) {
  auto& swim = to.pool.swim;
  swim.gossip_nodes = from.gossip_nodes;
  swim.gossip_interval = from.gossip_interval;
  swim.probe_interval = from.probe_interval;
  swim.probe_timeout = from.probe_timeout;
  swim.retransmit_multiplier = from.retransmit_multiplier;
  swim.suspicion_multiplier = from.suspicion_multiplier;
  swim.dead_node_reclaim_time = dead_node_reclaim_time;
  to.pool.serf.gossip_interval = from.gossip_interval;
  to.pool.serf.retransmit_multiplier = from.retransmit_multiplier;
}

result<actors::gossip_member_settings> settings_of(const agent_config& config,
                                                   const pool_plan& plan, const std::string& id,
                                                   const fs::path& data_dir) {
  actors::gossip_member_settings made;
  made.log_name = plan.log_name;
  made.network = plan.kind == gossip::serf::pool_kind::wan ? "wan" : "lan";
  made.random_seed = actors::random_seed();
  auto bind = endpoint_of(plan.bind, plan.port);
  auto advertise = endpoint_of(plan.advertise, plan.port);
  if (!bind || !advertise)
    return bind ? advertise.error() : bind.error();
  made.bind = *bind;
  made.pool.advertise = *advertise;
  made.pool.swim = plan.swim;
  made.pool.serf = plan.serf;
  take_options(plan.options, made);
  auto& serf = made.pool.serf;
  serf.node_name = plan.self.name();
  serf.tags.insert(plan.self.tags().begin(), plan.self.tags().end());
  serf.reconnect_timeout = plan.reconnect_timeout;
  serf.coordinates = config.coordinates_enabled;
  serf.rejoin_after_leave = config.rejoin_after_leave;
  made.pool.filter = {plan.kind, serf.node_name, id, config.datacenter, true};
  made.pool.frames.verifies_incoming = config.encryption.verify_incoming;
  made.pool.frames.encrypts_outgoing = config.encryption.verify_outgoing;
  if (plan.kind == gossip::serf::pool_kind::wan)
    made.pool.stream_timeout = stream_timeout_wan;
  const auto folder = data_dir / "serf";
  const auto key_file = folder / (std::string(plan.file_name) + ".keyring");
  auto keys = find_keys(config, key_file);
  if (!keys)
    return keys.error();
  made.keys = std::move(*keys);
  if (config.encryption.keeps_keyring && !made.keys.empty())
    made.key_file = key_file.string();
  if (!config.dev)
    made.snapshot_file = (folder / (std::string(plan.file_name) + ".snapshot")).string();
  return made;
}

}  // namespace

result<std::unique_ptr<gossip_pools>> gossip_pools::start(caf::actor_system& system,
                                                          actors::io_thread& home,
                                                          const agent_config& config,
                                                          const std::string& node_id,
                                                          const fs::path& data_dir) {
  std::error_code ignored;  // what is written into it says why it is not there
  fs::create_directories(data_dir / "serf", ignored);
  std::unique_ptr<gossip_pools> made(new gossip_pools(system));
  const auto open = [&](const pool_plan& plan) -> result<actors::gossip_member_actor> {
    auto settings = settings_of(config, plan, node_id, data_dir);
    if (!settings)
      return settings.error();
    if (plan.kind == gossip::serf::pool_kind::lan)
      settings->member_count = made->lan_members_;
    return actors::spawn_gossip_member(system, home, std::move(*settings));
  };
  auto lan = open(lan_plan(config, node_id));
  if (!lan)
    return lan.error();
  made->lan_ = *lan;
  if (!config.server || config.ports.serf_wan <= 0)
    return made;
  auto wan = open(wan_plan(config, node_id));
  if (!wan)
    return wan.error();
  made->wan_ = *wan;
  return made;
}

gossip_pools::~gossip_pools() {
  end();
}

void gossip_pools::join(const agent_config& config,
                        const std::function<void(std::string)>& gave_up) {
  if (!config.retry_join.addresses.empty())
    lan_join_ = spawn_joining(*system_, {lan_, "LAN", config.retry_join, gave_up});
  if (wan_ && !config.retry_join_wan.addresses.empty())
    wan_join_ = spawn_joining(*system_, {wan_, "WAN", config.retry_join_wan, gave_up});
}

void gossip_pools::leave() {
  // That of all datacenters first: there this node is a server, which others may still ask.
  caf::scoped_actor asking{*system_};
  for (const auto& pool : {wan_, lan_}) {
    if (!pool)
      continue;
    asking->request(pool, messages::limits::gossip_leave_timeout, messages::LeavePool{})
        .receive([](const messages::Done&) {},
                 [](const caf::error& why) {
                   spdlog::warn("agent: a pool was not told of the leave: {}",
                                actors::from_caf(why).detail);
                 });
  }
}

void gossip_pools::end() {
  const auto stop = [](auto& actor) {
    if (actor)
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    actor = nullptr;
  };
  stop(lan_join_);
  stop(wan_join_);
  stop(wan_);
  stop(lan_);
}

}  // namespace troupe::agent
