// What the storage costs: reads of one key and of a range, a durable append, an applied batch.
//
//   bench/storage --benchmark_counters_tabular=true
//
// The directory is TMPDIR's (default /tmp): a durable append is worth as much as the disk below it.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "storage/raft_log.hpp"
#include "storage/read_catalog.hpp"
#include "storage/read_kv.hpp"
#include "storage/state_machine.hpp"

namespace troupe::storage {
namespace {

namespace m = troupe::messages;

constexpr std::uint64_t keys = 100'000;
constexpr std::size_t value_bytes = 100;
constexpr std::size_t batch_entries = 64;
constexpr int instances = 100;

std::string key_of(std::uint64_t number) {
  return "service/config/" + std::to_string(number * 2'654'435'761 % keys);
}

m::LogEntry entry_of(std::uint64_t index, const m::Command& command) {
  m::LogEntry entry;
  entry.set_index(index);
  entry.set_term(1);
  entry.set_data(command.SerializeAsString());
  return entry;
}

m::LogEntry put_entry(std::uint64_t index) {
  m::Command command;
  command.mutable_kv()->mutable_entry()->set_key(key_of(index));
  command.mutable_kv()->mutable_entry()->set_value(std::to_string(index) +
                                                   std::string(value_bytes, 'v'));
  return entry_of(index, command);
}

m::LogEntry instance_entry(std::uint64_t index, int number) {
  m::Command command;
  auto& request = *command.mutable_register_();
  request.set_node("node-" + std::to_string(number));
  request.set_address("10.0.0.1");
  request.mutable_service()->set_service("web");
  request.mutable_service()->set_port(80);
  auto& check = *request.add_checks();
  check.set_check_id("serfHealth");
  check.set_status("passing");
  return entry_of(index, command);
}

// One server with 100k keys and one service, made once for all benchmarks.
struct server {
  server() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-bench-XXXXXX").string();
    path = ::mkdtemp(name.data());
    directory.emplace(std::move(*data_directory::open(path)));
    log = std::move(*raft_log::open(*directory));
    machine = std::move(*state_machine::open(*directory, log->view(), {.boot_id = "bench"}));
    std::vector<m::LogEntry> entries;
    for (std::uint64_t i = 1; i <= keys; ++i)
      entries.push_back(put_entry(i));
    for (int i = 0; i < instances; ++i)
      entries.push_back(instance_entry(keys + 1 + static_cast<std::uint64_t>(i), i));
    m::ensure(log->append(entries).has_value() && machine->apply(entries).has_value());
  }
  ~server() {
    machine.reset();
    log.reset();
    std::filesystem::remove_all(path);
  }
  std::vector<m::LogEntry> next_batch() const {
    std::vector<m::LogEntry> entries;
    for (std::size_t i = 1; i <= batch_entries; ++i)
      entries.push_back(put_entry(machine->applied().index.value + i));
    return entries;
  }

  std::filesystem::path path;
  std::optional<data_directory> directory;
  std::unique_ptr<raft_log> log;
  std::unique_ptr<state_machine> machine;
};

server& shared() {
  static server one;
  return one;
}

void read_one_key(benchmark::State& state) {
  auto txn = read_transaction::open(shared().machine->state());
  std::uint64_t number = 0;
  for (auto _ : state) {
    (void)txn->renew();
    benchmark::DoNotOptimize(read_kv_entry(*txn, key_of(++number)));
    txn->reset();
  }
}
BENCHMARK(read_one_key);

void list_100_keys(benchmark::State& state) {
  auto txn = read_transaction::open(shared().machine->state());
  for (auto _ : state) {
    (void)txn->renew();
    google::protobuf::RepeatedPtrField<m::KvEntry> out;
    benchmark::DoNotOptimize(read_kv_tree(*txn, "service/config/123", out));
    txn->reset();
    state.counters["rows"] = out.size();
  }
}
BENCHMARK(list_100_keys);

void list_names_of_100k_keys(benchmark::State& state) {
  auto txn = read_transaction::open(shared().machine->state());
  for (auto _ : state) {
    (void)txn->renew();
    google::protobuf::RepeatedPtrField<std::string> out;
    benchmark::DoNotOptimize(read_kv_keys(*txn, "", "", out));
    txn->reset();
  }
}
BENCHMARK(list_names_of_100k_keys)->Unit(benchmark::kMillisecond);

void health_of_100_instances(benchmark::State& state) {
  auto txn = read_transaction::open(shared().machine->state());
  m::ServiceSelection selection;
  selection.set_service("web");
  for (auto _ : state) {
    (void)txn->renew();
    m::ServiceHealth out;
    benchmark::DoNotOptimize(read_service_health(*txn, selection, out));
    txn->reset();
  }
}
BENCHMARK(health_of_100_instances)->Unit(benchmark::kMicrosecond);

void append_64_durably(benchmark::State& state) {
  auto& one = shared();
  for (auto _ : state) {
    state.PauseTiming();
    auto entries = one.next_batch();
    const auto first = one.log->view().last_index().value + 1;
    for (std::size_t i = 0; i < entries.size(); ++i)
      entries[i].set_index(first + i);
    state.ResumeTiming();
    m::ensure(one.log->append(entries).has_value());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_entries));
}
BENCHMARK(append_64_durably)->Unit(benchmark::kMicrosecond)->UseRealTime();

void apply_64_on_100k_keys(benchmark::State& state) {
  auto& one = shared();
  for (auto _ : state) {
    state.PauseTiming();
    const auto entries = one.next_batch();
    state.ResumeTiming();
    m::ensure(one.machine->apply(entries).has_value());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_entries));
}
BENCHMARK(apply_64_on_100k_keys)->Unit(benchmark::kMicrosecond)->UseRealTime();

void snapshot_of_100k_keys(benchmark::State& state) {
  for (auto _ : state)
    m::ensure(shared().machine->take_snapshot().has_value());
}
BENCHMARK(snapshot_of_100k_keys)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace troupe::storage

BENCHMARK_MAIN();
