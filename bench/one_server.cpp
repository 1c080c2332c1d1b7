// What one server does on this machine, beside yardsticks that run in the same minute:
//
//   one_server AGENT [SECONDS]
//
// KV GET and durable KV PUT over 64 connections, against a Beast server that answers a constant and
// against a loop that syncs the same disk once a write; start to the first accepted write; memory.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "bench/child_process.hpp"
#include "bench/constant_server.hpp"
#include "bench/datacenter_agents.hpp"
#include "bench/load_client.hpp"
#include "bench/yardsticks.hpp"

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int connections = 64;
constexpr int keys = 10'000;
constexpr int gateway_threads = 2;
const std::string value(100, 'v');

std::string key_of(std::uint64_t n) {
  return "/v1/kv/bench/" + std::to_string(n % keys);
}

double start_to_first_write_ms(const std::string& binary, const fs::path& data) {
  const agent_ports ports;
  const auto began = clock::now();
  const child agent = start_one_server(binary, data, ports);
  while (ask_once(ports.http, http_request("PUT", "/v1/kv/first", "1")) != 200)
    usleep(500);
  return std::chrono::duration<double, std::milli>(clock::now() - began).count();
}

void compare_reads(const std::string& binary, const fs::path& data, double seconds) {
  const agent_ports ports;
  const child agent = start_one_server(binary, data, ports);
  wait_until_ready(ports.http, "/v1/kv/first");
  usleep(1'000'000);
  std::printf("memory after start                 %9.1f MB\n", agent.resident_megabytes());
  const int port = free_port();
  const child yardstick = child::function([port] { serve_constant(port, gateway_threads); });
  wait_until_ready(port, "/");

  const auto put = [](std::uint64_t n) { return http_request("PUT", key_of(n), value); };
  const auto get = [](std::uint64_t n) { return http_request("GET", key_of(n * 7919)); };
  run_load({ports.http, connections, 3}, put);  // the keys that are read

  const auto constant = measure({&yardstick}, {port, connections, seconds}, get);
  print("Beast server, a constant", constant);
  const auto read = measure({&agent}, {ports.http, connections, seconds}, get);
  print("KV GET (default, linearizable)", read);
  std::printf("  ratio to the constant            %9.0f %%\n",
              100 * read.load.rate() / constant.load.rate());
  const double synced = synced_writes_per_second(data, seconds / 2);
  std::printf("%-34s %9.0f /s\n", "one write, one sync, in a loop", synced);
  const auto write = measure({&agent}, {ports.http, connections, seconds}, put);
  print("KV PUT (durable)", write);
  std::printf("  ratio to the loop                %9.1f x\n", write.load.rate() / synced);
  std::printf("memory after the load              %9.1f MB\n", agent.resident_megabytes());
}

}  // namespace

}  // namespace troupe::bench

int main(int argc, char** argv) {
  using namespace troupe::bench;
  if (argc < 2) {
    std::fprintf(stderr, "one_server AGENT [SECONDS]\n");
    return 2;
  }
  const std::string binary = argv[1];
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  const scratch_directory scratch;
  const auto data = scratch.path() / "data";
  std::printf("first accepted write, empty data   %9.0f ms\n",
              start_to_first_write_ms(binary, data));
  std::printf("first accepted write, existing     %9.0f ms\n",
              start_to_first_write_ms(binary, data));
  compare_reads(binary, data, seconds);
}
