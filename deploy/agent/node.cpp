#include "deploy/agent/node.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include "actors/runtime/heap_trimmer.hpp"
#include "deploy/agent/node_parts.hpp"

namespace troupe::agent {

using messages::result;

namespace {

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
  return settings;
}

}  // namespace

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
  actors::keep_heap_trimmed(*made->threads.back());
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
