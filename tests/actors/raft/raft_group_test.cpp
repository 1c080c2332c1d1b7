// The actors of one server's agreement, on a real system, disk and clock.
#include "actors/raft/raft_group.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "actors/runtime/errors.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::actors::raft {
namespace {

using namespace std::chrono_literals;

using tests::temporary_directory;

m::RaftConfiguration servers(int count) {
  m::RaftConfiguration list;
  for (int n = 1; n <= count; ++n) {
    auto& server = *list.add_servers();
    server.set_id("s" + std::to_string(n));
    server.set_address("10.0.0." + std::to_string(n) + ":8300");
  }
  return list;
}

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 2);
  }
};

// A server whose process can end and start again.
class server {
 public:
  explicit server(int servers_in_all = 1, std::uint64_t snapshot_threshold = 16'384)
      : servers_in_all_(servers_in_all), snapshot_threshold_(snapshot_threshold) {
    start();
  }
  ~server() { stop(); }

  void start() {
    auto opened = storage::data_directory::open(directory_.path());
    ASSERT_TRUE(opened) << opened.error().detail;
    data_.emplace(std::move(*opened));
    auto disk = open_raft_storage(*data_, {.boot_id = "boot", .map_bytes = 1 << 30});
    ASSERT_TRUE(disk) << disk.error().detail;
    shared_ = std::make_unique<leadership>();
    system_ = std::make_unique<caf::actor_system>(config_);
    raft_group_needs needs;
    needs.storage = *disk;
    needs.options.self = {"s1"};
    needs.options.configuration = servers(servers_in_all_);
    needs.options.heartbeat_interval = 20ms;
    needs.options.election_timeout_min = 100ms;
    needs.options.election_timeout_max = 200ms;
    needs.shared = shared_.get();
    needs.send_to_server = [](m::RaftMessage&&) {};
    needs.snapshot_threshold_entries = snapshot_threshold_;
    needs.snapshot_interval_min = 0ns;
    needs.hold_timeout = 500ms;
    auto spawned = spawn_raft_group(*system_, std::move(needs));
    ASSERT_TRUE(spawned) << spawned.error().detail;
    group_ = *spawned;
  }

  void stop() {
    if (!system_)
      return;
    caf::anon_send_exit(group_.peer, caf::exit_reason::user_shutdown);
    group_ = {};
    system_.reset();  // waits for the actors
    data_.reset();
  }

  caf::actor_system& system() { return *system_; }
  const raft_group& group() const { return group_; }
  leadership& shared() { return *shared_; }

  messages::result<m::CommandResult> set(const std::string& key, const std::string& value) {
    caf::scoped_actor self{*system_};
    messages::result<m::CommandResult> outcome = messages::failure{};
    self->request(group_.peer, 10s, set_command(key, value))
        .receive([&](const m::CommandResult& done) { outcome = done; },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }

  static m::Propose set_command(const std::string& key, const std::string& value) {
    m::Propose request;
    auto& write = *request.mutable_command()->mutable_kv();
    write.set_verb(m::KvWrite::SET);
    write.mutable_entry()->set_key(key);
    write.mutable_entry()->set_value(value);
    return request;
  }

  template <class Answer, class Query>
  messages::result<Answer> ask(const Query& query) {
    caf::scoped_actor self{*system_};
    messages::result<Answer> outcome = messages::failure{};
    self->request(group_.peer, 10s, query)
        .receive([&](const Answer& answer) { outcome = answer; },
                 [&](const caf::error& why) { outcome = from_caf(why); });
    return outcome;
  }

 private:
  int servers_in_all_;
  std::uint64_t snapshot_threshold_;
  temporary_directory directory_;
  std::optional<storage::data_directory> data_;
  std::unique_ptr<leadership> shared_;
  system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  raft_group group_;
};

TEST(raft_group, a_fresh_lone_server_takes_a_write_at_once) {
  const auto begun = std::chrono::steady_clock::now();
  server one;
  const auto done = one.set("a", "1");
  const auto took = std::chrono::steady_clock::now() - begun;
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_TRUE(done->done());
  EXPECT_GT(done->index(), 0u);
  EXPECT_LT(took, 300ms);
  RecordProperty("first_write_ms", static_cast<int>(took / 1ms));
}

TEST(raft_group, a_lone_leader_holds_a_lease_that_readers_see_without_asking) {
  server one;
  ASSERT_TRUE(one.set("a", "1"));
  EXPECT_TRUE(one.shared().leads());
  EXPECT_TRUE(one.shared().leader_known());
  EXPECT_TRUE(one.shared().lease_is_valid(std::chrono::steady_clock::now() + 1h));
  EXPECT_GE(one.shared().applied_index(), 1u);
}

TEST(raft_group, a_read_index_is_answered_once_it_is_applied) {
  server one;
  const auto done = one.set("a", "1");
  ASSERT_TRUE(done);
  for (const bool always_confirm : {false, true}) {
    m::ReadIndexQuery query;
    query.set_always_confirm(always_confirm);
    const auto answer = one.ask<m::ReadIndexReply>(query);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_GE(answer->index(), done->index());
    EXPECT_GE(one.shared().applied_index(), answer->index());
  }
}

TEST(raft_group, what_was_acknowledged_is_there_after_a_restart_and_the_index_goes_on) {
  server one;
  std::uint64_t last = 0;
  for (int n = 0; n < 20; ++n) {
    const auto done = one.set("key" + std::to_string(n), "v");
    ASSERT_TRUE(done);
    EXPECT_GT(done->index(), last);
    last = done->index();
  }
  one.stop();
  one.start();
  const auto after = one.set("after", "v");
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_GT(after->index(), last);
  const auto status = one.ask<m::RaftStatus>(m::RaftStatusQuery{});
  ASSERT_TRUE(status);
  EXPECT_EQ(status->term(), 2u);
  EXPECT_EQ(status->leader_id(), "s1");
  EXPECT_EQ(status->leader_address(), "10.0.0.1:8300");
  EXPECT_EQ(status->role(), "Leader");
  EXPECT_EQ(status->applied_index(), after->index());
  EXPECT_EQ(status->configuration().servers_size(), 1);
  EXPECT_EQ(status->configuration_index(), 1u);
}

TEST(raft_group, without_a_quorum_writes_and_reads_wait_and_then_find_no_leader) {
  server one_of_three{3};
  const auto begun = std::chrono::steady_clock::now();
  const auto done = one_of_three.set("a", "1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, messages::errc::no_leader);
  EXPECT_EQ(done.error().detail, "No cluster leader");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 500ms);
  const auto read = one_of_three.ask<m::ReadIndexReply>(m::ReadIndexQuery{});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, messages::errc::no_leader);
  EXPECT_FALSE(one_of_three.shared().lease_is_valid(std::chrono::steady_clock::now()));
  EXPECT_FALSE(one_of_three.shared().leader_known());
}

using listener_actor =
    caf::typed_actor<caf::reacts_to<m::LeadershipChanged>, caf::reacts_to<m::ChangeSet>>;

struct listener_state {
  std::promise<m::LeadershipChanged>* leads = nullptr;
  std::promise<m::ChangeSet>* changed = nullptr;
};

listener_actor::behavior_type listener(listener_actor::stateful_pointer<listener_state> self,
                                       const raft_group& group, listener_state told) {
  self->state = told;
  self->send(group.peer, m::SubscribeToLeadership{});
  self->send(group.state_machine, m::SubscribeToChanges{});
  return {
      [self](const m::LeadershipChanged& news) {
        if (news.is_leader() && self->state.leads)
          std::exchange(self->state.leads, nullptr)->set_value(news);
      },
      [self](const m::ChangeSet& changes) {
        if (changes.topics_size() > 0 && self->state.changed)
          std::exchange(self->state.changed, nullptr)->set_value(changes);
      },
  };
}

TEST(raft_group, subscribers_hear_of_the_leadership_and_of_what_changed) {
  server one;
  std::promise<m::LeadershipChanged> leads;
  std::promise<m::ChangeSet> changed;
  auto heard = changed.get_future();
  auto won = leads.get_future();
  one.system().spawn(listener, one.group(), listener_state{&leads, &changed});
  ASSERT_EQ(won.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(won.get().leader_id(), "s1");
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  std::uint64_t last = 0;
  while (heard.wait_for(0s) != std::future_status::ready &&
         std::chrono::steady_clock::now() < deadline) {
    const auto done = one.set("a/b", std::to_string(last));
    ASSERT_TRUE(done);
    last = done->index();
  }
  ASSERT_EQ(heard.wait_for(0s), std::future_status::ready);
  const auto changes = heard.get();
  EXPECT_EQ(changes.topics(0), "kv/a/b");
  EXPECT_LE(changes.index(), last);
}

// -- load ------------------------------------------------------------------------

struct load_state {
  std::promise<std::uint64_t>* finished = nullptr;
  raft_peer_actor peer;
  int to_send = 0;
  int under_way = 0;
  std::uint64_t done = 0;
  std::uint64_t last_index = 0;
};

// Keeps a number of proposals under way until all are answered, and wants indexes in order.
struct loader {
  static void next(caf::stateful_actor<load_state>* self) {
    auto& load = self->state;
    if (load.to_send == 0) {
      if (load.under_way > 0)
        return;
      self->quit();
      load.finished->set_value(load.done);
      return;
    }
    --load.to_send;
    ++load.under_way;
    self->request(load.peer, caf::infinite,
                  server::set_command("k" + std::to_string(load.to_send % 1000),
                                      std::to_string(load.to_send) + std::string(90, 'v')))
        .then(
            [self](const m::CommandResult& result) {
              auto& state = self->state;
              --state.under_way;
              state.done += result.index() > state.last_index ? 1 : 0;
              state.last_index = result.index();
              next(self);
            },
            [self](const caf::error&) {
              --self->state.under_way;
              next(self);
            });
  }
};

caf::behavior load(caf::stateful_actor<load_state>* self, load_state wanted, int in_flight) {
  self->state = std::move(wanted);
  for (int n = 0; n < in_flight; ++n)
    loader::next(self);
  return {[](caf::unit_t) {}};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(raft_group, proposals_under_load_are_all_answered_in_order) {
  server one;
  ASSERT_TRUE(one.set("first", "1"));
  const int count = std::getenv("RAFT_LOAD") ? std::atoi(std::getenv("RAFT_LOAD")) : 5000;
  for (const int in_flight : {1, 64}) {
    const int total = in_flight == 1 ? count / 20 : count;
    std::promise<std::uint64_t> finished;
    auto answered = finished.get_future();
    const auto cpu_before = cpu_seconds();
    const auto begun = std::chrono::steady_clock::now();
    load_state wanted;
    wanted.finished = &finished;
    wanted.peer = one.group().peer;
    wanted.to_send = total;
    one.system().spawn(load, wanted, in_flight);
    ASSERT_EQ(answered.wait_for(120s), std::future_status::ready);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(answered.get(), static_cast<std::uint64_t>(total));
    std::printf("%d in flight: %.0f proposals/s, %.1f us CPU each (with the proposer)\n", in_flight,
                total / took.count(), (cpu_seconds() - cpu_before) * 1e6 / total);
  }
}

TEST(raft_group, the_log_is_cut_below_a_snapshot_and_a_restart_goes_on_from_both) {
  server one{1, 12'000};  // above what stays behind a snapshot
  std::promise<std::uint64_t> finished;
  auto answered = finished.get_future();
  load_state wanted;
  wanted.finished = &finished;
  wanted.peer = one.group().peer;
  wanted.to_send = 14'000;
  one.system().spawn(load, std::exchange(wanted, {}), 256);  // a handle kept would keep the system
  ASSERT_EQ(answered.wait_for(120s), std::future_status::ready);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  std::uint64_t cut_at = 0;
  while (cut_at == 0 && std::chrono::steady_clock::now() < deadline)
    cut_at = one.ask<m::RaftStatus>(m::RaftStatusQuery{})->snapshot_index();
  EXPECT_GT(cut_at, 1000u);
  const auto last = one.set("last", "1");
  ASSERT_TRUE(last);
  one.stop();
  one.start();
  const auto after = one.set("after", "1");
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_GT(after->index(), last->index());
}

}  // namespace
}  // namespace troupe::actors::raft
