// Requests to another node over a link, beside the same requests within one process: how many a
// second and how long each takes. The other node is a process of its own on loopback.
//
//   peer_link [seconds]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "actors/link/peer_links_actor.hpp"
#include "actors/runtime/io_thread.hpp"
#include "bench/child_process.hpp"

namespace troupe::bench {
namespace {

namespace m = messages;
namespace link = actors::link;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Answers a KvGet with an entry whose value is as long as the key.
caf::behavior echo(caf::event_based_actor*) {
  return {[](const m::KvGet& get) {
    m::KvEntries entries;
    entries.add_entries()->set_value(get.key());
    return entries;
  }};
}

// One node: an actor system, its io_thread, its links.
struct node {
  explicit node(const std::string& id) {
    settings.set("scheduler.policy", caf::atom("sharing"));
    settings.set("scheduler.max-threads", std::size_t{2});
    system = std::make_unique<caf::actor_system>(settings);
    home = std::make_unique<actors::io_thread>(*system);
    home->start();
    router = system->spawn(echo);
    link::peer_links_needs needs;
    needs.own.set_node_id(id);
    needs.own.set_node(id);
    needs.listen = {"127.0.0.1", 0};
    needs.directory = directory;
    needs.routers = {{home.get(), caf::actor_cast<actors::router_actor>(router)}};
    auto spawned = link::spawn_peer_links(*system, *home, std::move(needs));
    m::ensure(spawned.has_value());
    links = *spawned;
  }

  caf::actor to(const std::string& id, std::uint16_t port) {
    m::KnownServers known;
    auto& server = *known.add_servers();
    server.set_id(id);
    server.set_address("127.0.0.1");
    server.set_port(port);
    caf::anon_send(links.actor, known);
    while (!directory->find({id})) {
    }
    return caf::actor_cast<caf::actor>(directory->find({id})->router);
  }

  caf::actor_system_config settings;
  std::unique_ptr<caf::actor_system> system;
  std::unique_ptr<actors::io_thread> home;
  std::shared_ptr<link::link_directory> directory = std::make_shared<link::link_directory>();
  caf::actor router;
  link::node_links links;
};

struct outcome {
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  std::vector<double> microseconds;
};

struct load {
  caf::actor target;
  std::size_t in_flight;
  std::string key;
  clock::time_point end;
  std::promise<outcome> result;
};

struct client_state {
  std::shared_ptr<load> work;
  outcome so_far;
  std::size_t open = 0;
};

void ask(caf::stateful_actor<client_state>* self) {
  auto& state = self->state;
  const auto begun = clock::now();
  if (begun > state.work->end) {
    if (state.open == 0)
      state.work->result.set_value(std::move(state.so_far));
    return;
  }
  ++state.open;
  m::KvGet get;
  get.set_key(state.work->key);
  self->request(state.work->target, caf::infinite, std::move(get))
      .then(
          [self, begun](const m::KvEntries&) {
            const std::chrono::duration<double, std::micro> took = clock::now() - begun;
            self->state.so_far.microseconds.push_back(took.count());
            ++self->state.so_far.answers;
            --self->state.open;
            ask(self);
          },
          [self](const caf::error&) {
            ++self->state.so_far.errors;
            --self->state.open;
            ask(self);
          });
}

caf::behavior client(caf::stateful_actor<client_state>* self, const std::shared_ptr<load>& work) {
  self->state.work = work;
  for (std::size_t i = 0; i < work->in_flight; ++i)
    ask(self);
  return {[](caf::ok_atom) {}};
}

void measure(node& here, const char* what, const caf::actor& target, std::size_t in_flight,
             std::size_t bytes, std::chrono::seconds time) {
  auto work = std::make_shared<load>();
  work->target = target;
  work->in_flight = in_flight;
  work->key = std::string(bytes, 'k');
  work->end = clock::now() + time;
  auto result = work->result.get_future();
  const caf::actor one = here.system->spawn(client, work);
  auto got = result.get();
  caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  std::ranges::sort(got.microseconds);
  const auto at = [&](double share) {
    return got.microseconds.empty()
               ? 0.0
               : got.microseconds[static_cast<std::size_t>(
                     share * static_cast<double>(got.microseconds.size() - 1))];
  };
  std::printf(
      "%-12s %5zu bytes, %4zu in flight: %9.0f /s  p50 %7.1f us  p99 %8.1f us  errors %llu\n", what,
      bytes, in_flight, static_cast<double>(got.answers) / static_cast<double>(time.count()),
      at(0.5), at(0.99), static_cast<unsigned long long>(got.errors));
  std::fflush(stdout);
}

}  // namespace
}  // namespace troupe::bench

int main(int count, char** words) {
  using namespace troupe::bench;
  const std::chrono::seconds time{count > 1 ? std::atoi(words[1]) : 3};
  int tell[2];
  if (pipe(tell) != 0)
    return 1;
  const auto other = child::function([&] {
    node there("there");
    const auto port = *there.links.port;
    if (write(tell[1], &port, sizeof(port)) != sizeof(port))
      return;
    for (;;)
      pause();
  });
  std::uint16_t port = 0;
  if (read(tell[0], &port, sizeof(port)) != sizeof(port))
    return 1;
  node here("here");
  const auto remote = here.to("there", port);
  for (const std::size_t bytes : {100, 4096}) {
    measure(here, "in process", here.router, 128, bytes, time);
    measure(here, "over a link", remote, 128, bytes, time);
    measure(here, "over a link", remote, 1, bytes, time);
  }
  std::fflush(stdout);
  _exit(0);  // what is measured is over
}
