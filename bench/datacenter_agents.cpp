#include "bench/datacenter_agents.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include <unistd.h>

#include "bench/load_client.hpp"

namespace troupe::bench {

namespace {

using clock = std::chrono::steady_clock;

std::string get_text(int port, const std::string& target) {
  return answer_to(port,
                   "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
}

void wait_for(const char* what, const std::function<bool()>& condition) {
  const auto deadline = clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (clock::now() > deadline) {
      std::fprintf(stderr, "%s: not within 20 s\n", what);
      std::exit(1);
    }
    usleep(2'000);
  }
}

bool knows_a_leader(int port) {
  const auto text = get_text(port, "/v1/status/leader");
  return text.size() > 9 && text.compare(9, 3, "200") == 0 && text.find(':') != std::string::npos &&
         text.find("\r\n\r\n\"\"") == std::string::npos;
}

}  // namespace

child start_one_server(const std::string& binary, const std::filesystem::path& data,
                       const agent_ports& ports) {
  return child::program({binary, "agent", "-server", "-bootstrap-expect=1", "-bind=127.0.0.1",
                         "-node=bench", "-data-dir=" + data.string(), "-dns-port=-1",
                         "-http-port=" + std::to_string(ports.http),
                         "-server-port=" + std::to_string(ports.server),
                         "-serf-lan-port=" + std::to_string(ports.lan),
                         "-serf-wan-port=" + std::to_string(ports.wan), "-log-level=error"});
}

datacenter::datacenter(std::string binary, std::filesystem::path home, std::string settings)
    : binary_(std::move(binary)),
      home_(std::move(home)),
      settings_(std::move(settings)),
      ports_(servers + 1),
      processes_(servers + 1) {}

void datacenter::start(std::size_t agent) {
  const auto& own = ports_[agent];
  const auto name = "agent-" + std::to_string(agent);
  std::vector<std::string> command{binary_,
                                   "agent",
                                   "-bind=127.0.0.1",
                                   "-node=" + name,
                                   "-data-dir=" + (home_ / name).string(),
                                   "-dns-port=-1",
                                   "-http-port=" + std::to_string(own.http),
                                   "-server-port=" + std::to_string(own.server),
                                   "-serf-lan-port=" + std::to_string(own.lan),
                                   "-serf-wan-port=" + std::to_string(own.wan),
                                   "-log-level=error",
                                   "-retry-interval=1s"};
  for (std::size_t n = 0; n < servers; ++n)
    command.push_back("-retry-join=127.0.0.1:" + std::to_string(ports_[n].lan));
  if (agent < servers) {
    command.emplace_back("-server");
    command.push_back("-bootstrap-expect=" + std::to_string(servers));
  }
  if (!settings_.empty())
    command.push_back("-hcl=" + settings_);
  processes_[agent].emplace(child::program(command));
}

void datacenter::start_all() {
  for (std::size_t n = 0; n <= servers; ++n)
    start(n);
}

void datacenter::kill(std::size_t agent) {
  processes_[agent].reset();
}

std::vector<const child*> datacenter::processes() const {
  std::vector<const child*> all;
  for (const auto& each : processes_) {
    if (each)
      all.push_back(&*each);
  }
  return all;
}

std::size_t datacenter::leader() const {
  std::size_t found = servers;
  wait_for("a leader", [&] {
    for (std::size_t n = 0; n < servers; ++n) {
      if (processes_[n] && member_of(get_text(port(n), "/v1/agent/self"), "state") == "Leader")
        found = n;
    }
    return found != servers;
  });
  return found;
}

void datacenter::wait_until_all_know_the_leader() const {
  wait_for("a leader known to all", [&] {
    for (std::size_t n = 0; n <= servers; ++n) {
      if (!knows_a_leader(port(n)))
        return false;
    }
    return true;
  });
}

std::uint64_t datacenter::term() const {
  return std::strtoull(member_of(get_text(port(leader()), "/v1/agent/self"), "term").c_str(),
                       nullptr, 10);
}

double milliseconds_to_write(int port) {
  const auto began = clock::now();
  wait_for("an accepted write",
           [&] { return ask_once(port, http_request("PUT", "/v1/kv/first", "1")) == 200; });
  return std::chrono::duration<double, std::milli>(clock::now() - began).count();
}

}  // namespace troupe::bench
