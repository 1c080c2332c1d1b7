// What reads cost: waiting and waking in the registry, and a key through a kv_shard on its
// io_thread.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include "actors/reads/kv_queries.hpp"
#include "actors/reads/kv_shard_actor.hpp"
#include "actors/reads/watch_registry.hpp"
#include "storage/environment.hpp"
#include "storage/tables.hpp"

namespace troupe::actors::reads {
namespace {

constexpr std::size_t waiting_count = 100'000;
constexpr int keys_count = 1000;

watch_interest key_interest(std::size_t number) {
  return {.topics = {"kv/service/instance/" + std::to_string(number)}, .prefixes = {}};
}

std::unique_ptr<watch_registry> full_registry() {
  auto registry = std::make_unique<watch_registry>(waiting_count + 1);
  for (std::size_t i = 0; i < waiting_count; ++i)
    (void)registry->add(key_interest(i), time_point(std::chrono::nanoseconds(i)), {i + 1});
  return registry;
}

void add_and_remove_beside_100k(benchmark::State& state) {
  const auto registry = full_registry();
  const auto interest = key_interest(waiting_count / 2);
  for (auto _ : state)
    registry->remove(*registry->add(interest, time_point(), {}));
}
BENCHMARK(add_and_remove_beside_100k);

void wake_one_of_100k(benchmark::State& state) {
  const auto registry = full_registry();
  messages::ChangeSet change;
  change.add_topics("kv/service/instance/777");
  for (auto _ : state)
    benchmark::DoNotOptimize(registry->touched_by(change));
}
BENCHMARK(wake_one_of_100k);

void wake_all_100k_of_a_subtree(benchmark::State& state) {
  const auto registry = full_registry();
  messages::ChangeSet change;
  change.add_subtrees("kv/service/");
  for (auto _ : state)
    benchmark::DoNotOptimize(registry->touched_by(change));
}
BENCHMARK(wake_all_100k_of_a_subtree)->Unit(benchmark::kMillisecond);

// -- a key of 100 B ------------------------------------------------------------

class stored_keys {
 public:
  stored_keys() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-XXXXXX").string();
    path_ = mkdtemp(name.data());
    auto opened = storage::environment::open({.path = path_ / "state",
                                              .map_bytes = std::size_t{1} << 30,
                                              .sync = storage::durability::process_only,
                                              .tables = storage::state_tables});
    messages::ensure(opened.has_value());
    env_ = std::move(*opened);
    auto txn = storage::write_transaction::open(*env_);
    for (int i = 0; i < keys_count; ++i) {
      messages::KvEntry entry;
      entry.set_key("key/" + std::to_string(i));
      entry.set_value(std::string(100, 'x'));
      entry.set_modify_index(static_cast<std::uint64_t>(i) + 1);
      txn->put<storage::kv_table>(entry.key(), entry);
    }
    messages::ensure(txn->commit().has_value());
  }
  ~stored_keys() {
    env_.reset();
    std::filesystem::remove_all(path_);
  }
  const storage::environment& env() const { return *env_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<storage::environment> env_;
};

void renew_and_reset(benchmark::State& state) {
  const stored_keys keys;
  auto txn = storage::read_transaction::open(keys.env());
  for (auto _ : state) {
    (void)txn->renew();
    txn->reset();
  }
}
BENCHMARK(renew_and_reset);

void kv_get_in_a_transaction(benchmark::State& state) {
  const stored_keys keys;
  auto txn = storage::read_transaction::open(keys.env());
  messages::KvGet get;
  int next = 0;
  for (auto _ : state) {
    get.set_key("key/" + std::to_string(next++ % keys_count));
    messages::KvEntries out;
    benchmark::DoNotOptimize(query<messages::KvGet>::run(*txn, get, {}, out));
  }
}
BENCHMARK(kv_get_in_a_transaction);

raft_peer_actor::behavior_type silent_raft_peer() {
  return {[](const m::RaftMessage&) {},
          [](const m::Propose&) { return m::CommandResult(); },
          [](const m::ReadIndexQuery&) { return m::ReadIndexReply(); },
          [](const m::RaftStatusQuery&) { return m::RaftStatus(); },
          [](const m::SubscribeToLeadership&) {},
          [](const m::PromiseBootstrap&) { return m::BootstrapPromise(); },
          [](const m::BootstrapRaft&) { return m::RaftServersChanged(); },
          [](const m::RaftTick&) {}};
}

state_machine_actor::behavior_type silent_state_machine() {
  return {[](const m::ApplyEntries&) { return m::Applied(); }, [](const m::SubscribeToChanges&) {},
          [](const m::TakeSnapshot&) { return m::SnapshotTaken(); }};
}

// A connection's part: keeps `window` gets under way from an actor on the same io_thread.
class asker : public io_actor<gateway_actor> {
 public:
  asker(caf::actor_config& config, io_thread& home, kv_shard_actor shard)
      : io_actor(config, home), shard_(std::move(shard)) {}
  behavior_type make_behavior() override {
    return {[](const m::GatewayTick&) {}};
  }
  void run(int gets, int window, std::atomic<bool>& finished) {
    left_ = gets;
    under_way_ = 0;
    done_ = &finished;
    for (int i = 0; i < window && left_ > 0; ++i)
      ask();
  }

 private:
  void ask() {
    --left_;
    ++under_way_;
    m::KvGet get;
    get.set_key("key/" + std::to_string(left_ % keys_count));
    this->request(shard_, caf::infinite, std::move(get)).then([this](m::KvEntries& reply) {
      messages::ensure(reply.entries_size() == 1);
      --under_way_;
      if (left_ > 0) {
        ask();
      } else if (under_way_ == 0) {
        *done_ = true;
        done_->notify_one();
      }
    });
  }

  kv_shard_actor shard_;
  int left_ = 0;
  int under_way_ = 0;
  std::atomic<bool>* done_ = nullptr;
};

void kv_get_through_a_shard(benchmark::State& state) {
  const stored_keys keys;
  leadership leads;
  leads.leader_is("leader");
  leads.leads(true);
  leads.grant_lease(leadership::clock::time_point::max());
  caf::actor_system_config config;
  caf::actor_system system(config);
  io_thread home(system);
  home.start();
  auto shard = spawn_kv_shard(
      system, home,
      {&keys.env(), &leads, system.spawn(silent_raft_peer), system.spawn(silent_state_machine), 1});
  auto from = system.spawn<asker>(std::ref(home), shard);
  auto* asking = caf::actor_cast<asker*>(from);
  constexpr int gets_a_round = 10'000;
  const int window = static_cast<int>(state.range(0));
  for (auto _ : state) {
    std::atomic<bool> finished{false};
    home.post([&] { asking->run(gets_a_round, window, finished); });
    finished.wait(false);
  }
  state.SetItemsProcessed(state.iterations() * gets_a_round);
  caf::scoped_actor self(system);
  self->send_exit(from, caf::exit_reason::user_shutdown);
  self->send_exit(shard, caf::exit_reason::user_shutdown);
  self->wait_for(from, shard);
  from = nullptr;
  shard = nullptr;
  home.stop();
}
BENCHMARK(kv_get_through_a_shard)->Arg(1)->Arg(64)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace troupe::actors::reads

BENCHMARK_MAIN();
