// What a datacenter does on this machine, beside yardsticks that run in the same minute:
//
//   datacenter AGENT [SECONDS [MINUTES]]
//
// Three servers and a client agent. KV PUT and default GET over 64 connections at the leader, a
// follower and the client agent; from kill -9 of the leader to the next accepted write, at the
// default and at the tight settings (performance.raft_multiplier 1); elections under full load for
// so many minutes (default: half of one; none is wanted); from the last start of a new datacenter
// to its first accepted write.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <vector>

#include <unistd.h>

#include "bench/constant_server.hpp"
#include "bench/datacenter_agents.hpp"
#include "bench/load_client.hpp"
#include "bench/yardsticks.hpp"

namespace troupe::bench {

namespace {

namespace fs = std::filesystem;

constexpr int connections = 64;
constexpr int keys = 10'000;
constexpr int gateway_threads = 2;
constexpr int kills = 7;
const std::string value(100, 'v');
const std::string tight = "performance { raft_multiplier = 1 }";

struct plan {
  std::string binary;
  fs::path home;
  double seconds = 5;
  double minutes = 0.5;
};

std::string key_of(std::uint64_t n) {
  return "/v1/kv/bench/" + std::to_string(n % keys);
}
std::string put(std::uint64_t n) {
  return http_request("PUT", key_of(n), value);
}
std::string get(std::uint64_t n) {
  return http_request("GET", key_of(n * 7919));
}

// The middle and the most of some runs.
void print_times(const std::string& what, std::vector<double> times_ms) {
  std::sort(times_ms.begin(), times_ms.end());
  std::printf("%-58s median %5.0f ms  most %5.0f ms  (%zu runs)\n", what.c_str(),
              times_ms[times_ms.size() / 2], times_ms.back(), times_ms.size());
  std::fflush(stdout);
}

void first_writes(const plan& what) {
  std::vector<double> times;
  for (int run = 0; run < 5; ++run) {
    datacenter fresh(what.binary, what.home / ("fresh-" + std::to_string(run)), "");
    for (std::size_t n = 0; n < datacenter::servers; ++n)
      fresh.start(n);
    times.push_back(milliseconds_to_write(fresh.port(datacenter::servers - 1)));
  }
  print_times("first accepted write of a new datacenter, from last start", times);
}

struct places {
  std::size_t leader;
  std::size_t follower;
};

places places_of(const datacenter& all) {
  const auto leader = all.leader();
  return {leader, (leader + 1) % datacenter::servers};
}

void speeds(const plan& what, const datacenter& all) {
  const int constant_port = free_port();
  const child yardstick =
      child::function([constant_port] { serve_constant(constant_port, gateway_threads); });
  wait_until_ready(constant_port, "/");
  const auto at = places_of(all);
  run_load({all.port(at.leader), connections, 3}, put);  // the keys that are read

  const auto constant = measure({&yardstick}, {constant_port, connections, what.seconds}, get);
  print("Beast server, a constant", constant);
  const double synced = synced_writes_per_second(what.home, what.seconds / 2);
  std::printf("%-34s %9.0f /s\n", "one write, one sync, in a loop", synced);
  const struct {
    const char* name;
    std::size_t agent;
  } rows[] = {{"the leader", at.leader},
              {"a follower", at.follower},
              {"the client agent", datacenter::client}};
  for (const auto& row : rows) {
    const load_options options{all.port(row.agent), connections, what.seconds};
    const auto written = measure(all.processes(), options, put);
    print((std::string("PUT at ") + row.name).c_str(), written);
    std::printf("  ratio to the loop                %9.1f x\n", written.load.rate() / synced);
    const auto read = measure(all.processes(), options, get);
    print((std::string("GET (default) at ") + row.name).c_str(), read);
    std::printf("  ratio to the constant            %9.0f %%\n",
                100 * read.load.rate() / constant.load.rate());
  }
  for (std::size_t n = 0; n <= datacenter::servers; ++n)
    std::printf("memory of agent %zu after the load   %9.1f MB\n", n,
                all.processes()[n]->resident_megabytes());
}

void elections(const plan& what, const datacenter& all, const std::string& settings) {
  const auto before = all.term();
  const auto report = run_load({all.port(datacenter::client), connections, what.minutes * 60}, put);
  std::printf(
      "elections in %.1f minutes of %.0f PUT/s at the client agent, %s: %llu (errors %llu)\n",
      what.minutes, report.rate(), settings.c_str(),
      static_cast<unsigned long long>(all.term() - before),
      static_cast<unsigned long long>(report.errors));
  std::fflush(stdout);
}

void failovers(datacenter& all, const std::string& settings) {
  std::vector<double> at_follower, at_client;
  for (int run = 0; run < kills; ++run) {
    all.wait_until_all_know_the_leader();
    usleep(500'000);  // the last one that came back has caught up
    const auto [leader, follower] = places_of(all);
    all.kill(leader);
    auto other =
        std::async(std::launch::async, milliseconds_to_write, all.port(datacenter::client));
    at_follower.push_back(milliseconds_to_write(all.port(follower)));
    at_client.push_back(other.get());
    all.start(leader);
  }
  print_times("kill -9 of the leader to a write at a follower, " + settings, at_follower);
  print_times("kill -9 of the leader to a write at the client, " + settings, at_client);
}

void run(const plan& what) {
  first_writes(what);
  {
    datacenter all(what.binary, what.home / "default", "");
    all.start_all();
    all.wait_until_all_know_the_leader();
    speeds(what, all);
    elections(what, all, "default");
    failovers(all, "default");
  }
  datacenter all(what.binary, what.home / "tight", tight);
  all.start_all();
  all.wait_until_all_know_the_leader();
  elections(what, all, "tight");
  failovers(all, "tight");
}

}  // namespace

}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  if (argc < 2) {
    std::fprintf(stderr, "datacenter AGENT [SECONDS [MINUTES]]\n");
    return 2;
  }
  const scratch_directory scratch;
  plan what{.binary = argv[1], .home = scratch.path()};
  if (argc > 2)
    what.seconds = std::atof(argv[2]);
  if (argc > 3)
    what.minutes = std::atof(argv[3]);
  run(what);
}
