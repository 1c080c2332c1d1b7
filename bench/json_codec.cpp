// How long the API's messages take to be written as JSON and read from it.
#include "messages/json_codec.hpp"

#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include "messages/catalog.pb.h"
#include "messages/ensure.hpp"
#include "messages/kv.pb.h"

namespace troupe::messages {
namespace {

HealthCheck health_check(const std::string& id, const std::string& output) {
  HealthCheck check;
  check.set_node("node-0007.dc1");
  check.set_check_id(id);
  check.set_name("Service 'web' check");
  check.set_status("passing");
  check.set_output(output);
  check.set_service_id("web-0007");
  check.set_service_name("web");
  check.add_service_tags("v1");
  check.add_service_tags("primary");
  check.set_type("http");
  check.set_interval("10s");
  check.set_timeout("2s");
  check.set_create_index(812);
  check.set_modify_index(90'213);
  return check;
}

// A health entry of about 1.2 kB of JSON, as /v1/health/service answers them.
CheckServiceNode health_entry() {
  CheckServiceNode entry;
  auto& node = *entry.mutable_node();
  node.set_id("2d1c1bb5-1b0a-4b8c-9d6e-2f6a0f3c7a11");
  node.set_node("node-0007.dc1");
  node.set_address("10.20.30.7");
  node.set_datacenter("dc1");
  (*node.mutable_tagged_addresses())["lan"] = "10.20.30.7";
  (*node.mutable_tagged_addresses())["wan"] = "10.20.30.7";
  (*node.mutable_meta())["consul-network-segment"] = "";
  auto& service = *entry.mutable_service();
  service.set_id("web-0007");
  service.set_service("web");
  service.add_tags("v1");
  service.add_tags("primary");
  service.set_address("10.20.30.7");
  auto& lan = (*service.mutable_tagged_addresses())["lan_ipv4"];
  lan.set_address("10.20.30.7");
  lan.set_port(8080);
  (*service.mutable_meta())["version"] = "1.4.2";
  service.set_port(8080);
  service.mutable_weights()->set_passing(1);
  service.mutable_weights()->set_warning(1);
  service.set_create_index(811);
  service.set_modify_index(811);
  entry.add_checks()->set_name("Serf Health Status");
  entry.mutable_checks(0)->set_node("node-0007.dc1");
  entry.mutable_checks(0)->set_check_id("serfHealth");
  entry.mutable_checks(0)->set_status("passing");
  entry.mutable_checks(0)->set_output("Agent alive and reachable");
  *entry.add_checks() = health_check("service:web-0007", "HTTP GET http://10.20.30.7:8080: 200 OK");
  return entry;
}

KvEntry kv_entry() {
  KvEntry entry;
  entry.set_key("config/web/settings");
  entry.set_value(std::string(100, 'v'));
  entry.set_create_index(7);
  entry.set_modify_index(8);
  return entry;
}

template <class Make>
void write_json(benchmark::State& state, Make make) {
  const auto message = make();
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_json(out, message);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
  state.counters["json_bytes"] = static_cast<double>(out.size());
}

// What storage hands out is written once, just parsed: maps are then still in their own form.
// Parsing is in the time; parse_bytes shows it alone.
template <class Make>
void parse_and_write_json(benchmark::State& state, Make make) {
  const auto bytes = make().SerializeAsString();
  std::string out;
  for (auto _ : state) {
    decltype(make()) message;
    ensure(message.ParseFromString(bytes));
    out.clear();
    append_json(out, message);
    benchmark::DoNotOptimize(out.data());
  }
}

template <class Make>
void parse_bytes(benchmark::State& state, Make make) {
  const auto bytes = make().SerializeAsString();
  for (auto _ : state) {
    decltype(make()) message;
    ensure(message.ParseFromString(bytes));
    benchmark::DoNotOptimize(&message);
  }
}

template <class Make>
void read_json(benchmark::State& state, Make make) {
  const auto text = to_json(make());
  for (auto _ : state) {
    decltype(make()) message;
    ensure(from_json(text, message).has_value());
    benchmark::DoNotOptimize(&message);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(write_json, health_entry, health_entry);
BENCHMARK_CAPTURE(write_json, kv_entry, kv_entry);
BENCHMARK_CAPTURE(parse_and_write_json, health_entry, health_entry);
BENCHMARK_CAPTURE(parse_bytes, health_entry, health_entry);
BENCHMARK_CAPTURE(read_json, health_entry, health_entry);
BENCHMARK_CAPTURE(read_json, kv_entry, kv_entry);

}  // namespace
}  // namespace troupe::messages

BENCHMARK_MAIN();
