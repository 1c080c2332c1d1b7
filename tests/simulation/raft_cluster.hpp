// A cluster of simulated servers under faults and clients, from the seed alone: a bad world for a
// while, then a healed one in which everything must come right.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/fault_plan.hpp"
#include "tests/simulation/linearizability.hpp"
#include "tests/simulation/raft_checkers.hpp"
#include "tests/simulation/raft_server.hpp"
#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

struct run_report {
  std::optional<std::string> violation;
  std::uint64_t events = 0;
  std::uint64_t terms_led = 0;
  std::uint64_t entries_committed = 0;
  std::uint64_t writes_answered = 0;
  std::uint64_t reads_answered = 0;
  std::uint64_t crashes = 0;
  std::uint64_t partitions = 0;
  std::uint64_t histories_given_up = 0;
};

class raft_cluster {
 public:
  explicit raft_cluster(std::uint64_t seed, mutation fault = mutation::none);

  run_report run();

 private:
  void send(const messages::RaftMessage& message);
  void deliver_later(const messages::RaftMessage& message);
  bool are_connected(const std::string& a, const std::string& b) const;

  void plan_crash();
  void plan_partition();
  void cut_links();
  void heal();

  void run_client(int client);
  void write(int client, std::uint64_t key, raft_server& server);
  void read(int client, std::uint64_t key, raft_server& server);
  void go_on(int client, duration after);
  raft_server& choose_server();

  bool run_until(virtual_time end);
  void check_convergence();
  void check_histories();

  fault_plan plan_;
  virtual_world world_;
  raft_checkers checkers_;
  std::vector<std::unique_ptr<raft_server>> servers_;
  std::set<std::pair<std::string, std::string>> cut_;  // links, both ways
  std::uint64_t partition_ = 0;
  bool healed_ = false;
  bool clients_stop_ = false;

  std::vector<std::uint64_t> client_turn_;  // tells late answers from current ones
  std::uint64_t last_value_ = 0;
  std::map<std::uint64_t, std::vector<operation>> histories_;  // by key
  std::uint64_t writes_since_healed_ = 0;
  run_report report_;
};

}  // namespace troupe::simulation
