// What the failure detector's hot calls cost: answering a ping, hearing what is known already, a
// probe turn, taking news, merging a push/pull; the same for a whole member without its sockets,
// from bytes to bytes; and a whole simulated pool a message.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "actors/gossip/gossip_pool.hpp"
#include "actors/gossip/swim/swim_core.hpp"
#include "bench/gossip_scale/gossip_world.hpp"

namespace {

namespace swim = troupe::actors::gossip::swim;
using namespace std::chrono_literals;

swim::member_identity identity_of(std::uint32_t number) {
  const char bytes[] = {10, static_cast<char>(number >> 16), static_cast<char>(number >> 8),
                        static_cast<char>(number)};
  return {.where = {troupe::actors::gossip::ip_address::from_bytes({bytes, sizeof bytes}), 8301},
          .meta = std::string(200, 'm'),
          .protocol = {1, 5, 2},
          .delegate = {2, 5, 4}};
}

// Member 0 of a pool, with what the others would say.
struct pool {
  explicit pool(std::uint32_t members) {
    for (std::uint32_t i = 0; i < members; ++i) {
      const auto number = *directory.intern("node-" + std::to_string(i));
      records.push_back({number,
                         swim::member_state::alive,
                         {1},
                         directory.intern_identity(number, identity_of(i))});
    }
    core = fresh();
  }
  std::unique_ptr<swim::swim_core> fresh() {
    return std::make_unique<swim::swim_core>(
        std::make_shared<const swim::swim_settings>(swim::swim_settings::lan()), records[0].about,
        records[0].identity, swim::swim_core::needs{directory, random, nullptr, nullptr}, now);
  }
  void know_all_and_tell_it() {
    (void)core->merge(records, now);
    while (core->queued_broadcasts() > 0) {
      core->on_ping({});
      core->take_output(output);
    }
  }

  swim::member_directory directory{swim::member_directory::lifetime::keeps_all};
  swim::prng random{1};
  swim::time_point now{1h};
  std::vector<swim::remote_record> records;
  std::unique_ptr<swim::swim_core> core;
  swim::swim_output output;
};

void answer_a_ping(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  all.know_all_and_tell_it();
  const swim::ping message{{7}, all.records[0].about, {all.records[1].about, identity_of(1).where}};
  for (auto _ : state) {
    all.core->on_ping(message);
    all.core->take_output(all.output);
    benchmark::DoNotOptimize(all.output.packets.data());
  }
}

void hear_what_is_known(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  all.know_all_and_tell_it();
  std::size_t next = 0;
  for (auto _ : state) {
    const auto& record = all.records[next = next * 7 % (all.records.size() - 1) + 1];
    all.core->on_update(
        {swim::update_kind::alive, record.about, {1}, swim::no_member, record.identity}, all.now);
  }
}

// A probe and its ack.
void probe_turn(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  all.know_all_and_tell_it();
  for (auto _ : state) {
    all.now = std::max(all.now, all.core->next_deadline());
    all.core->tick(all.now);
    all.core->take_output(all.output);
    for (const auto& each : all.output.packets)
      if (const auto* ping = std::get_if<swim::ping>(&each.primary))
        all.core->on_ack(ping->sequence, all.now + 1ms);
  }
}

// A suspicion and its refutation, both told on.
void suspicion_and_refutation(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  all.know_all_and_tell_it();
  std::uint32_t incarnation = 1;
  for (auto _ : state) {
    const auto& record = all.records[3];
    all.core->on_update({swim::update_kind::suspect,
                         record.about,
                         {incarnation},
                         all.records[2].about,
                         swim::no_identity},
                        all.now);
    all.core->on_update(
        {swim::update_kind::alive, record.about, {++incarnation}, swim::no_member, record.identity},
        all.now);
    all.core->on_ping({});
    all.core->take_output(all.output);
  }
}

void merge_all_new(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  for (auto _ : state) {
    state.PauseTiming();
    all.core = all.fresh();
    state.ResumeTiming();
    (void)all.core->merge(all.records, all.now);
    all.core->take_output(all.output);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void merge_nothing_new(benchmark::State& state) {
  pool all{static_cast<std::uint32_t>(state.range(0))};
  all.know_all_and_tell_it();
  for (auto _ : state)
    (void)all.core->merge(all.records, all.now);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// -- a whole member, from bytes to bytes ------------------------------------------------------

namespace gossip = troupe::actors::gossip;
namespace wire = troupe::actors::gossip::wire;

const gossip::serf::tag_map agent_tags = {
    {"role", "node"}, {"dc", "dc1"}, {"segment", ""},  {"build", "1.22.7:"},
    {"vsn_min", "2"}, {"vsn", "2"},  {"vsn_max", "3"}, {"id", std::string(36, 'd')}};

gossip::pool_settings settings_of_a_member() {
  gossip::pool_settings made;
  made.advertise = identity_of(0).where;
  made.serf = gossip::serf::consul_lan();
  made.serf.node_name = "node-0";
  made.serf.tags = agent_tags;
  made.swim = swim::swim_settings::lan();
  return made;
}

// node-0 of a pool, which has told the others all it knows.
struct whole_member {
  explicit whole_member(std::uint32_t members)
      : view(stream_of(members)), pool(settings_of_a_member(), nullptr, {}, 1, now) {
    (void)pool.on_request(view, now);
    const auto ping = packet({wire::ping{1, "node-0", "node-1", from}});
    while (pool.swim().queued_broadcasts() > 0)
      turn(ping);
  }
  void turn(std::string_view datagram) {
    pool.on_datagram(datagram, from, now);
    pool.handle_waiting(now);
    pool.take_output(output, now);
    benchmark::DoNotOptimize(output.bytes.data());
  }
  std::string packet(const std::vector<wire::packet_message>& messages) {
    wire::packet_writer writer{pool.settings().frames, nullptr};
    writer.start();
    for (const auto& each : messages)
      writer.add(each);
    return std::string{writer.finish({.checksum = true})};
  }
  static wire::stream_reader stream_of(std::uint32_t members) {
    const auto meta = wire::encode_tags(agent_tags);
    wire::push_pull_writer nodes({.nodes = members - 1});
    for (std::uint32_t i = 1; i < members; ++i)
      nodes.add({"node-" + std::to_string(i), identity_of(i).where, meta, 1,
                 wire::node_state::alive, wire::versions{1, 5, 2, 2, 5, 4}});
    wire::stream_reader made{{}, nullptr, wire::stream_side::dialler};
    (void)made.feed(
        *wire::encode_stream({}, nullptr, wire::stream_side::dialler, std::move(nodes).finish({})));
    return made;
  }

  swim::time_point now{1h};
  gossip::endpoint from = identity_of(1).where;
  wire::stream_reader view;  // all the others
  gossip::gossip_pool pool;
  gossip::pool_output output;
};

void member_answers_a_ping(benchmark::State& state) {
  whole_member one{static_cast<std::uint32_t>(state.range(0))};
  const auto ping = one.packet({wire::ping{7, "node-0", "node-1", one.from}});
  for (auto _ : state)
    one.turn(ping);
}

// A full packet of news that is none: five members with an agent's tags.
void member_hears_what_is_known(benchmark::State& state) {
  whole_member one{static_cast<std::uint32_t>(state.range(0))};
  const auto meta = wire::encode_tags(agent_tags);
  const std::string names[] = {"node-1", "node-2", "node-3", "node-4", "node-5"};
  std::vector<wire::packet_message> updates;
  for (std::uint32_t i = 0; i < std::size(names); ++i)
    updates.emplace_back(
        wire::alive{1, names[i], identity_of(i + 1).where, meta, wire::versions{1, 5, 2, 2, 5, 4}});
  const auto packet = one.packet(updates);
  for (auto _ : state)
    one.turn(packet);
}

// Its own view packed as the answer, the other's merged.
void member_answers_a_push_pull(benchmark::State& state) {
  whole_member one{static_cast<std::uint32_t>(state.range(0))};
  for (auto _ : state) {
    benchmark::DoNotOptimize(one.pool.on_request(one.view, one.now));
    one.pool.take_output(one.output, one.now);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Of a quiet simulated pool; items are delivered messages.
void simulate_quiet(benchmark::State& state) {
  troupe::gossip_scale::gossip_world world{
      {.members = static_cast<std::uint32_t>(state.range(0)), .settings = {}, .network = {}}};
  world.run_for(2s);
  const auto before = world.total().packets_delivered;
  for (auto _ : state)
    world.run_for(1s);
  state.SetItemsProcessed(static_cast<std::int64_t>(world.total().packets_delivered - before));
}

// With one datagram in ten lost: suspicions, refutations, indirect pings all the time.
void simulate_lossy(benchmark::State& state) {
  troupe::gossip_scale::gossip_world world{{.members = static_cast<std::uint32_t>(state.range(0)),
                                            .settings = {},
                                            .network = {.loss = 0.1}}};
  world.run_for(20s);
  const auto before = world.total().packets_delivered;
  for (auto _ : state)
    world.run_for(1s);
  state.SetItemsProcessed(static_cast<std::int64_t>(world.total().packets_delivered - before));
}

}  // namespace

BENCHMARK(answer_a_ping)->Arg(1'000);
BENCHMARK(hear_what_is_known)->Arg(1'000)->Arg(10'000);
BENCHMARK(probe_turn)->Arg(1'000)->Arg(10'000);
BENCHMARK(suspicion_and_refutation)->Arg(1'000);
BENCHMARK(merge_all_new)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(merge_nothing_new)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(member_answers_a_ping)->Arg(1'000);
BENCHMARK(member_hears_what_is_known)->Arg(1'000);
BENCHMARK(member_answers_a_push_pull)->Arg(1'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(simulate_quiet)->Arg(128)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(simulate_lossy)->Arg(128)->Arg(1'000)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
