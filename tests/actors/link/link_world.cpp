#include "tests/actors/link/link_world.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

namespace troupe::tests {

namespace {

using traffic_ptr = std::shared_ptr<node_traffic>;

struct pretended_router_state {
  std::vector<caf::typed_response_promise<m::KvEntries>> waiting;
};

caf::result<m::KvEntries> answer_get(caf::stateful_actor<pretended_router_state>* self,
                                     const m::KvGet& get, node_traffic& traffic) {
  ++traffic.requests;
  if (get.key() == "silent" || get.options().min_index() > 0) {
    auto promise = self->make_response_promise<m::KvEntries>();
    self->state.waiting.push_back(promise);
    return promise;
  }
  if (get.key() == "refused")
    return actors::to_caf({m::errc::forbidden, "Permission denied: " + get.key()});
  m::KvEntries entries;
  auto& entry = *entries.add_entries();
  entry.set_key(get.key());
  if (get.key().starts_with("size:"))
    entry.set_value(std::string(std::stoul(get.key().substr(5)), 'x'));
  return entries;
}

caf::behavior pretended_router(caf::stateful_actor<pretended_router_state>* self,
                               const traffic_ptr& traffic) {
  return {
      [=](const m::KvGet& get) { return answer_get(self, get, *traffic); },
      [=](const m::Propose&) {
        m::CommandResult done;
        done.set_index(1);
        return done;
      },
      [=](const m::RaftStatusQuery&) {
        m::RaftStatus status;
        status.set_role("router");
        return status;
      },
      [=](const m::CancelQuery&) { ++traffic->cancelled; },
  };
}

caf::behavior pretended_raft_peer(caf::event_based_actor*, const traffic_ptr& traffic) {
  return {
      [=](const m::RaftMessage& message) {
        ++traffic->raft_messages;
        traffic->last_raft_term = message.append_entries().term();
      },
      [=](const m::Propose&) {
        ++traffic->raft_requests;
        m::CommandResult done;
        done.set_index(2);
        return done;
      },
      [=](const m::ReadIndexQuery&) {
        ++traffic->raft_requests;
        m::ReadIndexReply reply;
        reply.set_index(7);
        return reply;
      },
      [=](const m::RaftStatusQuery&) {
        m::RaftStatus status;
        status.set_role("raft_peer");
        return status;
      },
  };
}

}  // namespace

test_node::test_node(test_node_options options)
    : options_(std::move(options)),
      traffic_(std::make_shared<node_traffic>()),
      directory_(std::make_shared<link::link_directory>()) {
  settings_.set("scheduler.policy", caf::atom("sharing"));
  settings_.set("scheduler.max-threads", std::size_t{2});
  system_ = std::make_unique<caf::actor_system>(settings_);
  home_ = std::make_unique<actors::io_thread>(*system_);
  home_->start();
  router_ = system_->spawn(pretended_router, traffic_);
  if (options_.server)
    raft_peer_ = system_->spawn(pretended_raft_peer, traffic_);
  link::peer_links_needs needs;
  needs.options = options_.links;
  needs.own.set_node_id(options_.id);
  needs.own.set_node("node-" + options_.id);
  needs.own.set_datacenter("dc1");
  needs.own.set_server(options_.server);
  if (options_.server)
    needs.listen = {"127.0.0.1", options_.port};
  needs.directory = directory_;
  needs.routers = {{home_.get(), caf::actor_cast<actors::router_actor>(router_)}};
  needs.raft_peer = caf::actor_cast<actors::raft_peer_actor>(raft_peer_);
  needs.random_seed = 4711;
  auto spawned = link::spawn_peer_links(*system_, *home_, std::move(needs));
  m::ensure(spawned.has_value());
  links_ = *spawned;
}

test_node::~test_node() {
  caf::scoped_actor self(*system_);
  self->monitor(links_.actor);
  caf::anon_send_exit(links_.actor, caf::exit_reason::user_shutdown);
  self->wait_for(links_.actor);
  links_.actor = nullptr;
  caf::anon_send_exit(router_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(raft_peer_, caf::exit_reason::user_shutdown);
  router_ = nullptr;
  raft_peer_ = nullptr;
  directory_->replace({});
}

m::KnownServer test_node::as_known() const {
  return known_server(options_.id, port());
}

void test_node::knows(const std::vector<m::KnownServer>& servers) {
  m::KnownServers known;
  known.set_source("test");
  for (const auto& server : servers)
    *known.add_servers() = server;
  caf::anon_send(links_.actor, known);
  statuses();  // answered after it
}

link::server_link test_node::to(const std::string& id) const {
  const auto found = directory_->find({id});
  m::ensure(found.has_value());
  return *found;
}

m::LinkStatuses test_node::statuses() {
  auto all = ask<m::LinkStatuses>(links_.actor, m::LinkStatusQuery());
  m::ensure(all.has_value());
  return *all;
}

m::LinkStatus test_node::status_to(const std::string& id) {
  const auto all = statuses();
  for (const auto& one : all.links())
    if (one.server().id() == id)
      return one;
  return {};
}

m::result<m::KvEntries> test_node::get(const std::string& id, const std::string& key) {
  return ask<m::KvEntries>(to(id).router, kv_get(key));
}

m::KnownServer known_server(const std::string& id, std::uint16_t port) {
  m::KnownServer server;
  server.set_id(id);
  server.set_node("node-" + id);
  server.set_datacenter("dc1");
  server.set_address("127.0.0.1");
  server.set_port(port);
  return server;
}

m::KvGet kv_get(const std::string& key) {
  m::KvGet get;
  get.set_key(key);
  return get;
}

bool eventually(const std::function<bool()>& condition, std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

double heap_megabytes() {
  const auto heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / 1e6;
}

}  // namespace troupe::tests
