// Agents on this machine's loopback, as a benchmark runs them: one server, or three servers and a
// client agent.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/child_process.hpp"

namespace troupe::bench {

struct agent_ports {
  int http = free_port();
  int server = free_port();
  int lan = free_port();
  int wan = free_port();
};

child start_one_server(const std::string& binary, const std::filesystem::path& data,
                       const agent_ports& ports);

class datacenter {
 public:
  static constexpr std::size_t servers = 3;
  static constexpr std::size_t client = servers;  // the number of the client agent

  // `settings` is a piece of HCL that every agent gets. Nothing is started yet.
  datacenter(std::string binary, std::filesystem::path home, std::string settings);

  void start(std::size_t agent);
  void start_all();
  void kill(std::size_t agent);

  int port(std::size_t agent) const { return ports_[agent].http; }
  std::vector<const child*> processes() const;

  // Waits, at most 20 s, then ends the program.
  std::size_t leader() const;
  void wait_until_all_know_the_leader() const;
  // Of Raft, as the leader has it.
  std::uint64_t term() const;

 private:
  std::string binary_;
  std::filesystem::path home_;
  std::string settings_;
  std::vector<agent_ports> ports_;
  std::vector<std::optional<child>> processes_;
};

// Asks for one key until the answer is 200: the milliseconds that took.
double milliseconds_to_write(int port);

}  // namespace troupe::bench
