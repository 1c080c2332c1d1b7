// Nodes for tests of links: an actor system with an io_thread, the links, and a router and a
// raft_peer that only pretend. Several of them live in one process as well as in several.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/link/peer_links_actor.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/io_thread.hpp"

namespace troupe::tests {

namespace m = messages;
namespace link = actors::link;
using namespace std::chrono_literals;

inline constexpr auto patience = 10s;

// What the pretended actors of a node saw.
struct node_traffic {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> raft_messages{0};
  std::atomic<std::uint64_t> raft_requests{0};
  std::atomic<std::uint64_t> last_raft_term{0};
};

struct test_node_options {
  std::string id;
  std::uint16_t port = 0;
  bool server = true;
  link::link_options links;
};

// The router answers KvGet with an entry of the key asked for, whose value has as many bytes as
// "size:N" says; "silent" it does not answer, "refused" it refuses; a blocking query waits for
// good.
class test_node {
 public:
  explicit test_node(test_node_options options);
  ~test_node();

  const std::string& id() const { return options_.id; }
  std::uint16_t port() const { return *links_.port; }
  m::KnownServer as_known() const;
  void knows(const std::vector<m::KnownServer>& servers);
  link::server_link to(const std::string& id) const;  // once it is known

  m::LinkStatuses statuses();
  m::LinkStatus status_to(const std::string& id);
  node_traffic& traffic() { return *traffic_; }
  caf::actor_system& system() { return *system_; }
  const std::shared_ptr<link::link_directory>& directory() const { return directory_; }

  template <class Reply, class Handle, class Request>
  m::result<Reply> ask(const Handle& whom, Request request, std::chrono::seconds time = patience) {
    caf::scoped_actor self(*system_);
    m::result<Reply> outcome = m::failure{m::errc::timed_out, "the test's own patience"};
    self->request(whom, time, std::move(request))
        .receive([&](Reply& reply) { outcome = std::move(reply); },
                 [&](const caf::error& why) { outcome = actors::from_caf(why); });
    return outcome;
  }
  m::result<m::KvEntries> get(const std::string& id, const std::string& key);

 private:
  test_node_options options_;
  caf::actor_system_config settings_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<actors::io_thread> home_;
  std::shared_ptr<node_traffic> traffic_;
  std::shared_ptr<link::link_directory> directory_;
  caf::actor router_;
  caf::actor raft_peer_;
  link::node_links links_;
};

m::KnownServer known_server(const std::string& id, std::uint16_t port);
m::KvGet kv_get(const std::string& key);

// Looks every few milliseconds whether it is so; false: it was not within the time.
bool eventually(const std::function<bool()>& condition, std::chrono::nanoseconds time = patience);

// Of this process.
std::size_t open_descriptors();
double resident_megabytes();
// What is allocated, whatever the allocator keeps beside it.
double heap_megabytes();

}  // namespace troupe::tests
