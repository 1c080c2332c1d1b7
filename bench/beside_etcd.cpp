// A key/value store of this project and etcd's, on the same machine in the same minutes:
//
//   beside_etcd AGENT [SECONDS [ETCD]]
//
// One server each, then three each, asked at the leader: durable writes and linearizable reads of
// 10,000 keys with values of 100 bytes, 64 requests under way; a client agent of ours runs as well.
// Each speaks its own protocol: HTTP/1.1
// here, gRPC there, once with a connection a request and once with 8 connections; the better
// counts.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "bench/datacenter_agents.hpp"
#include "bench/etcd_servers.hpp"
#include "bench/grpc_load.hpp"
#include "bench/load_client.hpp"
#include "bench/yardsticks.hpp"

namespace troupe::bench {

namespace {

namespace fs = std::filesystem;

constexpr int under_way = 64;
constexpr int few_connections = 8;
constexpr double filling_seconds = 3;
constexpr int keys = 10'000;
const std::string value(100, 'v');

struct plan {
  std::string agent;
  std::string etcd = "etcd";
  fs::path home;
  double seconds = 5;
};

struct rates {
  double writes = 0;
  double reads = 0;
};

// The n-th key; reads go through them in another order.
std::string key_of(std::uint64_t n) {
  return "bench/" + std::to_string(n % keys);
}
std::string read_key_of(std::uint64_t n) {
  return key_of(n * 7919);
}

double measure_etcd(const char* what, const etcd_servers& servers, grpc_load_options options,
                    const std::function<std::string(std::uint64_t)>& message) {
  double best = 0;
  for (const int connections : {under_way, few_connections}) {
    options.connections = connections;
    options.calls = under_way / connections;
    const auto processes = servers.processes();
    const auto took = measure(processes, [&] { return run_grpc_load(options, message); });
    print((what + (", " + std::to_string(connections)) + " connections").c_str(), took);
    best = std::max(best, took.load.rate());
  }
  return best;
}

rates etcd_rates(const plan& what, std::size_t count) {
  const etcd_servers servers(what.etcd, what.home / ("etcd-" + std::to_string(count)), count);
  const int port = servers.leader_port();
  const auto put = [](std::uint64_t n) { return etcd_put_request(key_of(n), value); };
  const auto range = [](std::uint64_t n) { return etcd_range_request(read_key_of(n)); };
  run_grpc_load({port, under_way, 1, filling_seconds, etcd_put}, put);
  rates made;
  made.writes = measure_etcd("etcd Put", servers,
                             {.port = port, .seconds = what.seconds, .path = etcd_put}, put);
  made.reads = measure_etcd("etcd Range", servers,
                            {.port = port, .seconds = what.seconds, .path = etcd_range}, range);
  for (const auto* each : servers.processes())
    std::printf("memory after the load              %9.1f MB\n", each->resident_megabytes());
  return made;
}

rates own_rates(const plan& what, const std::vector<const child*>& processes, int port) {
  const auto put = [](std::uint64_t n) {
    return http_request("PUT", "/v1/kv/" + key_of(n), value);
  };
  const auto get = [](std::uint64_t n) { return http_request("GET", "/v1/kv/" + read_key_of(n)); };
  run_load({port, under_way, filling_seconds}, put);
  const auto written = measure(processes, {port, under_way, what.seconds}, put);
  print("KV PUT", written);
  const auto read = measure(processes, {port, under_way, what.seconds}, get);
  print("KV GET (default, linearizable)", read);
  for (const auto* each : processes)
    std::printf("memory after the load              %9.1f MB\n", each->resident_megabytes());
  return {written.load.rate(), read.load.rate()};
}

void compare(const rates& own, const rates& etcd) {
  std::printf("  ratio to etcd: writes            %9.1f x\n", own.writes / etcd.writes);
  std::printf("  ratio to etcd: reads             %9.1f x\n", own.reads / etcd.reads);
  std::fflush(stdout);
}

void run(const plan& what) {
  std::printf("-- one server\n");
  const auto etcd_alone = etcd_rates(what, 1);
  rates own;
  {
    const agent_ports ports;
    const child one = start_one_server(what.agent, what.home / "one", ports);
    milliseconds_to_write(ports.http);
    own = own_rates(what, {&one}, ports.http);
  }
  compare(own, etcd_alone);
  std::printf("-- three servers, at the leader\n");
  const auto etcd_three = etcd_rates(what, 3);
  datacenter three(what.agent, what.home / "three", "");
  three.start_all();
  three.wait_until_all_know_the_leader();
  compare(own_rates(what, three.processes(), three.port(three.leader())), etcd_three);
}

}  // namespace

}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  if (argc < 2) {
    std::fprintf(stderr, "beside_etcd AGENT [SECONDS [ETCD]]\n");
    return 2;
  }
  const scratch_directory scratch;
  plan what{.agent = argv[1], .home = scratch.path()};
  if (argc > 2)
    what.seconds = std::atof(argv[2]);
  if (argc > 3)
    what.etcd = argv[3];
  run(what);
}
