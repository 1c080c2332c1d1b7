// What the bytes of gossip cost: each message written and read, whole packets with their layers, a
// push/pull of a large pool, LZW.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "actors/gossip/wire/lzw.hpp"
#include "actors/gossip/wire/packet_reader.hpp"
#include "actors/gossip/wire/packet_writer.hpp"
#include "actors/gossip/wire/push_pull.hpp"
#include "actors/gossip/wire/stream_frame.hpp"

namespace {

using namespace troupe::actors::gossip;
using namespace troupe::actors::gossip::wire;

const endpoint where{*ip_address::parse("10.20.30.40"), 8301};
constexpr versions spoken{1, 5, 2, 2, 5, 4};

ping usual_ping() {
  return {123'456, "node-0001234", "node-0004321", where};
}

// Ten updates as a busy pool has them.
std::vector<packet_message> ten_updates() {
  static const std::string meta(60, 'm');
  std::vector<packet_message> updates;
  for (std::uint32_t i = 0; i < 10; ++i) {
    if (i % 3 == 0)
      updates.emplace_back(alive{i, "node-0001234", where, meta, spoken});
    else if (i % 3 == 1)
      updates.emplace_back(suspect{i, "node-0001234", "node-0004321"});
    else
      updates.emplace_back(dead{i, "node-0001234", "node-0004321"});
  }
  return updates;
}

frame_settings uncompressed() {
  frame_settings settings;
  settings.compresses = false;
  return settings;
}

void write_packet(benchmark::State& state, const frame_settings& settings, keyring* ring) {
  packet_writer writer{settings, ring};
  const auto updates = ten_updates();
  std::size_t bytes = 0;
  for (auto _ : state) {
    writer.start();
    for (const auto& update : updates)
      benchmark::DoNotOptimize(writer.add(update));
    bytes = writer.finish({.checksum = true}).size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.SetItemsProcessed(state.iterations());
}

void read_packet(benchmark::State& state, const frame_settings& settings, keyring* ring) {
  packet_writer writer{settings, ring};
  for (const auto& update : ten_updates())
    benchmark::DoNotOptimize(writer.add(update));
  const std::string bytes{writer.finish({.checksum = true})};
  packet_reader reader{settings, ring};
  for (auto _ : state)
    benchmark::DoNotOptimize(reader.read(bytes).messages.size());
  state.SetItemsProcessed(state.iterations());
}

void ping_write(benchmark::State& state) {
  packet_writer writer{uncompressed(), nullptr};
  for (auto _ : state) {
    writer.start();
    benchmark::DoNotOptimize(writer.add(usual_ping()));
    benchmark::DoNotOptimize(writer.finish({}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ping_write);

void ping_read(benchmark::State& state) {
  std::string bytes;
  encode(usual_ping(), bytes);
  packet_reader reader{uncompressed(), nullptr};
  for (auto _ : state)
    benchmark::DoNotOptimize(reader.read(bytes).messages.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ping_read);

// One message of each kind that a busy pool sends, without its packet.
void message_write(benchmark::State& state, const packet_message& message) {
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    encode(message, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void message_read(benchmark::State& state, const packet_message& message) {
  std::string bytes;
  encode(message, bytes);
  const auto type = static_cast<message_type>(bytes.front());
  for (auto _ : state)
    benchmark::DoNotOptimize(decode(type, std::string_view{bytes}.substr(1)));
  state.SetItemsProcessed(state.iterations());
}

// An agent's tags, encoded.
const std::string usual_meta(110, 'm');
const alive usual_alive{3, "node-0001234", where, usual_meta, spoken};
const suspect usual_suspect{3, "node-0001234", "node-0004321"};
const ack usual_ack{123'456, std::string_view{usual_meta}.substr(0, 105)};
BENCHMARK_CAPTURE(message_write, alive, usual_alive);
BENCHMARK_CAPTURE(message_read, alive, usual_alive);
BENCHMARK_CAPTURE(message_write, suspect, usual_suspect);
BENCHMARK_CAPTURE(message_read, suspect, usual_suspect);
BENCHMARK_CAPTURE(message_write, ack, usual_ack);
BENCHMARK_CAPTURE(message_read, ack, usual_ack);

keyring some_ring() {
  return *keyring::make({std::string(16, 'k')});
}

void compound_write(benchmark::State& state) {
  write_packet(state, uncompressed(), nullptr);
}
BENCHMARK(compound_write);
void compound_read(benchmark::State& state) {
  read_packet(state, uncompressed(), nullptr);
}
BENCHMARK(compound_read);
void compressed_write(benchmark::State& state) {
  write_packet(state, {}, nullptr);
}
BENCHMARK(compressed_write);
void compressed_read(benchmark::State& state) {
  read_packet(state, {}, nullptr);
}
BENCHMARK(compressed_read);
void encrypted_write(benchmark::State& state) {
  keyring ring = some_ring();
  write_packet(state, uncompressed(), &ring);
}
BENCHMARK(encrypted_write);
void encrypted_read(benchmark::State& state) {
  keyring ring = some_ring();
  read_packet(state, uncompressed(), &ring);
}
BENCHMARK(encrypted_read);

// -- streams ---------------------------------------------------------------------

std::string push_pull_of(std::size_t nodes) {
  push_pull_writer out{{.join = false, .nodes = nodes, .user_state_bytes = 0}};
  const std::string meta(200, 'm');
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string name = "node-" + std::to_string(i);
    out.add({name, where, meta, static_cast<std::uint32_t>(i % 7), node_state::alive, spoken});
  }
  return std::move(out).finish("");
}

constexpr std::size_t pool = 10'000;

void push_pull_write(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(push_pull_of(pool));
  state.SetItemsProcessed(state.iterations() * pool);
}
BENCHMARK(push_pull_write)->Unit(benchmark::kMillisecond);

void push_pull_read(benchmark::State& state) {
  const std::string message = push_pull_of(pool);
  for (auto _ : state) {
    auto in = push_pull_reader::open(std::string_view{message}.substr(1));
    std::size_t nodes = 0;
    while (in->next())
      ++nodes;
    benchmark::DoNotOptimize(nodes);
  }
  state.SetItemsProcessed(state.iterations() * pool);
}
BENCHMARK(push_pull_read)->Unit(benchmark::kMillisecond);

void stream_of_push_pull(benchmark::State& state) {
  keyring ring = some_ring();
  const frame_settings settings;
  const std::string message = push_pull_of(pool);
  for (auto _ : state) {
    const auto bytes = encode_stream(settings, &ring, stream_side::dialler, message);
    stream_reader stream{settings, &ring, stream_side::dialler};
    benchmark::DoNotOptimize(stream.feed(*bytes));
    state.counters["bytes"] = static_cast<double>(bytes->size());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(stream_of_push_pull)->Unit(benchmark::kMillisecond);

void lzw_pack(benchmark::State& state) {
  const std::string message = push_pull_of(pool);
  std::string packed;
  for (auto _ : state) {
    packed.clear();
    benchmark::DoNotOptimize(lzw_encode(message, std::string::npos, packed));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(lzw_pack)->Unit(benchmark::kMillisecond);

void lzw_unpack(benchmark::State& state) {
  const std::string message = push_pull_of(pool);
  std::string packed;
  benchmark::DoNotOptimize(lzw_encode(message, std::string::npos, packed));
  std::string out;
  for (auto _ : state)
    benchmark::DoNotOptimize(lzw_decode(packed, message.size(), out));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}
BENCHMARK(lzw_unpack)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
