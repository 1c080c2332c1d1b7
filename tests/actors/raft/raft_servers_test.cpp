// Three servers' groups in one process, on real disks, joined by a network in memory that loses
// messages: a server far behind gets a snapshot while writes go on, servers come and go, the
// leadership is handed over.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include "actors/raft/raft_group.hpp"
#include "actors/runtime/errors.hpp"
#include "storage/read_kv.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::actors::raft {
namespace {

using namespace std::chrono_literals;

using tests::temporary_directory;

// Brings messages to whoever is there; loses one in twenty.
class memory_network {
 public:
  void join(const std::string& id, raft_peer_actor peer) {
    const std::lock_guard guard(mutex_);
    peers_[id] = std::move(peer);
  }
  void leave(const std::string& id) {
    const std::lock_guard guard(mutex_);
    peers_.erase(id);
  }
  void send(m::RaftMessage&& message) {
    const std::lock_guard guard(mutex_);
    pieces_ += message.has_install_snapshot() ? 1 : 0;
    const auto found = peers_.find(message.to());
    if (found != peers_.end() && random_() % 20 != 0)
      caf::anon_send(found->second, std::move(message));
  }
  int pieces() const { return pieces_; }

 private:
  std::mutex mutex_;
  std::map<std::string, raft_peer_actor> peers_;
  std::mt19937_64 random_{3};
  std::atomic<int> pieces_ = 0;
};

class server {
 public:
  server(std::string id, memory_network& network) : id_(std::move(id)), network_(network) {
    config_.set("scheduler.policy", caf::atom("sharing"));
    config_.set("scheduler.max-threads", 2);
    start();
  }
  ~server() { stop(); }

  void start() {
    auto opened = storage::data_directory::open(directory_.path());
    ASSERT_TRUE(opened) << opened.error().detail;
    data_.emplace(std::move(*opened));
    auto disk = open_raft_storage(*data_, {.boot_id = "boot", .map_bytes = 1 << 28});
    ASSERT_TRUE(disk) << disk.error().detail;
    machine_ = disk->machine;
    shared_ = std::make_unique<leadership>();
    system_ = std::make_unique<caf::actor_system>(config_);
    raft_group_needs needs;
    needs.storage = *disk;
    needs.options.self = {id_};
    needs.options.heartbeat_interval = 50ms;
    needs.options.election_timeout_min = 500ms;  // other tests share the machine
    needs.options.election_timeout_max = 1000ms;
    needs.random_seed = std::hash<std::string>{}(id_);
    needs.shared = shared_.get();
    needs.send_to_server = [this](m::RaftMessage&& message) { network_.send(std::move(message)); };
    needs.snapshot_threshold_entries = 100;
    needs.snapshot_interval_min = 0ns;
    needs.trailing_entries = 10;
    auto spawned = spawn_raft_group(*system_, std::move(needs));
    ASSERT_TRUE(spawned) << spawned.error().detail;
    group_ = *spawned;
    network_.join(id_, group_.peer);
  }

  void stop() {
    if (!system_)
      return;
    network_.leave(id_);
    caf::anon_send_exit(group_.peer, caf::exit_reason::user_shutdown);
    group_ = {};
    system_.reset();  // waits for the actors
    machine_.reset();
    data_.reset();
  }

  template <class Answer, class Query>
  messages::result<Answer> ask(const Query& query) {
    caf::scoped_actor self{*system_};
    messages::result<Answer> outcome = messages::failure{};
    self->request(group_.peer, 30s, query)
        .receive([&](const Answer& answer) { outcome = answer; },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }
  m::RaftStatus status() { return *ask<m::RaftStatus>(m::RaftStatusQuery{}); }
  bool leads() const { return system_ && shared_->leads(); }
  const std::string& id() const { return id_; }
  bool is_up() const { return system_ != nullptr; }

  std::string value_of(const std::string& key) {
    auto txn = storage::read_transaction::open(machine_->state());
    const auto found = storage::read_kv_entry(*txn, key);
    return found.entry ? found.entry->value() : "";
  }

 private:
  std::string id_;
  memory_network& network_;
  temporary_directory directory_;
  caf::actor_system_config config_;
  std::optional<storage::data_directory> data_;
  std::shared_ptr<storage::state_machine> machine_;
  std::unique_ptr<leadership> shared_;
  std::unique_ptr<caf::actor_system> system_;
  raft_group group_;
};

// What waits for something that takes its time, within a limit.
template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

struct raft_servers : testing::Test {
  memory_network network;
  std::array<server, 3> servers{server{"s1", network}, server{"s2", network},
                                server{"s3", network}};

  server& leader() {
    EXPECT_TRUE(comes_true([&] {
      return std::any_of(servers.begin(), servers.end(), [](auto& one) { return one.leads(); });
    }));
    return *std::find_if(servers.begin(), servers.end(), [](auto& one) { return one.leads(); });
  }
  void bootstrap() {
    m::BootstrapRaft request;
    for (const auto& one : servers)
      request.mutable_configuration()->add_servers()->set_id(one.id());
    for (auto& one : servers)
      EXPECT_TRUE(one.ask<m::RaftServersChanged>(request));
    EXPECT_FALSE(servers[0].ask<m::RaftServersChanged>(request));
  }
  // Until it is answered, at whoever leads by then.
  void set(const std::string& key, const std::string& value) {
    m::Propose request;
    auto& write = *request.mutable_command()->mutable_kv();
    write.set_verb(m::KvWrite::SET);
    write.mutable_entry()->set_key(key);
    write.mutable_entry()->set_value(value);
    ASSERT_TRUE(comes_true([&] { return leader().ask<m::CommandResult>(request).has_value(); }));
  }
  bool all_have(const std::string& key, const std::string& value) {
    return comes_true([&] {
      return std::all_of(servers.begin(), servers.end(),
                         [&](auto& one) { return !one.is_up() || one.value_of(key) == value; });
    });
  }
};

TEST_F(raft_servers, one_far_behind_is_sent_a_snapshot_while_writes_go_on) {
  bootstrap();
  set("first", "1");
  auto& down = &leader() == &servers[0] ? servers[1] : servers[0];
  down.stop();
  for (int n = 0; n < 400; ++n)
    set("key" + std::to_string(n), "v");
  EXPECT_TRUE(comes_true([&] { return leader().status().snapshot_index() > 200; }));
  const auto pieces_before = network.pieces();  // sent in vain
  down.start();
  for (int n = 0; n < 100; ++n)
    set("more" + std::to_string(n), "v");
  EXPECT_TRUE(all_have("key399", "v"));
  EXPECT_TRUE(all_have("more99", "v"));
  EXPECT_GT(network.pieces(), pieces_before);
  EXPECT_GT(down.status().snapshot_index(), 200u);
  EXPECT_EQ(down.status().configuration().servers_size(), 3);
  down.stop();  // and what was installed is there after a restart
  down.start();
  EXPECT_EQ(down.value_of("key399"), "v");
  set("last", "1");
  EXPECT_TRUE(all_have("last", "1"));
}

TEST_F(raft_servers, the_leadership_is_handed_over_and_a_removed_leader_steps_down) {
  bootstrap();
  set("first", "1");
  auto& before = leader();
  ASSERT_TRUE(comes_true([&] {
    return before.ask<m::RaftLeadershipTransferred>(m::TransferRaftLeadership{}).has_value() ||
           !before.leads();
  }));
  set("second", "2");
  EXPECT_TRUE(all_have("second", "2"));

  auto& removed = leader();
  m::RemoveRaftServer removal;
  removal.set_id(removed.id());
  ASSERT_TRUE(removed.ask<m::RaftServersChanged>(removal));
  ASSERT_TRUE(comes_true([&] { return !removed.leads(); }));
  set("third", "3");
  EXPECT_EQ(leader().status().configuration().servers_size(), 2);

  m::AddRaftServer addition;  // and back
  addition.mutable_server()->set_id(removed.id());
  ASSERT_TRUE(
      comes_true([&] { return leader().ask<m::RaftServersChanged>(addition).has_value(); }));
  EXPECT_EQ(leader().status().configuration().servers_size(), 3);
  EXPECT_TRUE(all_have("third", "3"));
}

}  // namespace
}  // namespace troupe::actors::raft
