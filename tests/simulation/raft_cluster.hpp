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
#include "tests/simulation/mutant.hpp"
#include "tests/simulation/raft_checkers.hpp"
#include "tests/simulation/raft_server.hpp"
#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

struct run_report {
  std::optional<std::string> violation;
  std::uint64_t events = 0;
  std::uint64_t terms_led = 0;
  std::uint64_t entries_committed = 0;
  std::uint64_t writes_answered = 0;  // and swaps
  std::uint64_t reads_answered = 0;
  std::uint64_t crashes = 0;
  std::uint64_t pauses = 0;
  std::uint64_t partitions = 0;
  std::uint64_t histories = 0;  // one a key
  std::uint64_t histories_given_up = 0;
  std::uint64_t snapshots_installed = 0;
  std::uint64_t servers_changed = 0;
  std::uint64_t transfers = 0;
  std::uint64_t wipes = 0;
};

// Where a try of plan_aim::old_term_on_a_majority stands.
struct old_term_contest {
  enum class stage { none, pair_apart, rival_sought, old_entry_spreads, rival_returns };

  stage at = stage::none;
  virtual_time due{0};                   // then the next stage, or given up
  std::vector<const raft_server*> pair;  // the leader and who still hears it
  const raft_server* rival = nullptr;
  std::uint64_t contested_index = 0;  // the rival's first entry, of which nobody heard
};

class raft_cluster {
 public:
  explicit raft_cluster(std::uint64_t seed, mutant fault = mutant::none);

  run_report run();

 private:
  // -- raft_cluster.cpp: the network and the end -------------------------
  void add_server(const std::string& id, const messages::RaftConfiguration& configuration,
                  mutant fault);
  void send(const messages::RaftMessage& message);
  void deliver_later(const messages::RaftMessage& message);
  bool are_connected(const std::string& a, const std::string& b) const;
  void heal();
  bool run_until(virtual_time end);
  void settle();
  void check_convergence();
  const raft_server* laggard() const;
  std::string states() const;
  void check_histories();

  // -- raft_cluster_faults.cpp -------------------------------------------
  // Lets something happen again and again, at random distances, until the world is healed.
  void repeat(duration every, void (raft_cluster::*what)());
  void crash_one();
  void pause_one();
  void partition();
  void cut_links();
  void cut_for(duration lasts);
  void isolate(raft_server& server);
  raft_server& any_server();

  // -- raft_cluster_aims.cpp: what a plan leads to on purpose -----------------
  void pursue_aim();
  void deafen(const std::string& id);
  void set_apart_slow_leader();
  void contest_old_term();
  void begin_contest(raft_server& leader);
  void end_contest();
  void rival_is_elected(raft_server& elected);
  void contested_is_applied(raft_server& server);
  void cut_off(const std::vector<const raft_server*>& some);

  // -- raft_cluster_servers.cpp: servers come and go ------------------------
  void change_servers();
  void change_servers_at(raft_server& leader);
  bool add_or_change_one(raft_server& leader);
  bool remove_one(raft_server& leader);
  void wipe_one();
  bool is_member(const std::string& id) const;
  int voters() const;

  // -- raft_cluster_clients.cpp ----------------------------------------------
  void run_client(int client);
  operation draw_operation(std::uint64_t key);
  void go_on(int client, duration after);
  raft_server& choose_server();

  fault_plan plan_;
  virtual_world world_;
  raft_checkers checkers_;
  std::vector<std::unique_ptr<raft_server>> servers_;
  std::set<std::pair<std::string, std::string>> cut_;  // links, both ways
  std::uint64_t partition_ = 0;
  bool healed_ = false;
  old_term_contest contest_;
  bool clients_stop_ = false;
  std::optional<std::string> lost_server_;  // wiped, still to be removed
  std::uint64_t servers_made_ = 0;

  std::vector<std::uint64_t> client_turn_;  // tells late answers from current ones
  std::uint64_t last_value_ = 0;
  std::map<std::uint64_t, std::uint64_t> last_seen_;           // by key
  std::map<std::uint64_t, std::vector<operation>> histories_;  // by key
  std::uint64_t writes_since_healed_ = 0;
  run_report report_;
};

}  // namespace troupe::simulation
