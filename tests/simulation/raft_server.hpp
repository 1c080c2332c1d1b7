// One simulated server: raft_core with a disk, a clock and a key/value state machine, all of which
// fail as the fault plan says. It carries out raft_output as the actors do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/raft/raft_core.hpp"
#include "actors/raft/raft_invariants.hpp"
#include "storage/memory_raft_log.hpp"
#include "tests/simulation/fault_plan.hpp"
#include "tests/simulation/linearizability.hpp"
#include "tests/simulation/mutant.hpp"
#include "tests/simulation/raft_checkers.hpp"
#include "tests/simulation/register_machine.hpp"
#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

enum class read_mode { leased, consistent };

class raft_server {
 public:
  struct surroundings {
    virtual_world& world;
    const fault_plan& faults;
    raft_checkers& checkers;
    mutant fault = mutant::none;
    std::function<void(const messages::RaftMessage&)> send;
    std::function<void(raft_server&)> on_elected;
    std::function<void(raft_server&)> on_applied;
  };
  struct request {
    std::uint64_t key = 0;
    operation what;
    read_mode mode = read_mode::consistent;
  };
  // What the operation saw: the value read, or what a swap found.
  using on_done = std::function<void(std::uint64_t seen)>;

  // Without servers it waits to be added to a cluster.
  raft_server(std::string id, messages::RaftConfiguration first_configuration, surroundings around);

  const std::string& id() const { return id_; }
  bool is_up() const { return core_.has_value(); }
  bool leads() const;
  std::uint64_t applied_index() const { return machine_.applied; }
  std::uint64_t last_index() const;  // of its log; 0 while it is down
  std::uint64_t snapshots_installed() const { return snapshots_installed_; }
  // Whether its log holds a configuration behind this entry: one that is not committed.
  bool knows_configuration_after(std::uint64_t index) const;

  // Its role, term, log and servers, for a person.
  std::string describe() const;

  void start();
  void crash();  // what was not synced is lost, or by chance is not
  // While it is down: a new server under another name, without a disk.
  void wipe(std::string new_id);
  // Nothing happens in it until then, and its clock goes on.
  void pause(duration lasts);

  void receive(const messages::RaftMessage& message);
  // Once it is awake, if it has not crashed until then. Not taken: refused, and never done.
  void ask(const request& wanted, std::function<void(bool taken)> told, on_done done);
  // Asked of a leader; false: refused. Unset: to the voter that is furthest.
  bool transfer(const std::optional<messages::server_id>& to = std::nullopt);
  bool add(const messages::RaftServer& server);
  bool remove(const std::string& id);

 private:
  struct pending_write {
    std::uint64_t term;
    on_done done;
  };
  struct pending_read {
    std::uint64_t index = 0;  // once it is known
    on_done done;
    std::uint64_t key;
  };

  actors::raft::time_point local_now() const;
  bool take(const request& wanted, const on_done& done);
  bool read(std::uint64_t key, read_mode mode, const on_done& done);
  void turn();
  void carry_out();
  void persist(actors::raft::raft_output output);
  void begin_write();
  void finish_write(const actors::raft::raft_output& output);
  void append_to_disk(const actors::raft::raft_output& output);
  void crash_if_planned(const actors::raft::raft_output& written);
  void apply_up_to(std::uint64_t index);
  void apply(const messages::LogEntry& entry);
  void snapshot_if_due();
  void send_piece(const actors::raft::wanted_piece& wanted);
  void store_piece(const actors::raft::received_piece& piece);
  void install(actors::raft::log_position expected, actors::raft::reception_number reception);
  void serve_reads(const actors::raft::raft_output& output);
  bool may_read_at_once() const;
  void check();
  void arm_timer();
  duration disk_time();
  // Runs unless the server has crashed since; if it is paused, afterwards.
  void later(duration delay, std::function<void()> work);

  std::string id_;
  messages::RaftConfiguration first_configuration_;
  surroundings around_;
  prng random_;
  std::uint64_t run_ = 0;  // how often it was started
  std::uint64_t snapshots_installed_ = 0;
  virtual_time awake_at_{0};

  // -- survives a crash --------------------------------------------------
  storage::memory_raft_log disk_;
  register_machine snapshot_;  // durable; nothing applied: there is none

  // -- does not ------------------------------------------------------------
  std::optional<actors::raft::raft_core> core_;
  std::optional<actors::raft::raft_output> writing_;
  std::optional<actors::raft::raft_output> next_write_;
  register_machine machine_;
  std::map<std::string, std::string> sending_;  // snapshots, by receiver
  std::string receiving_;
  std::map<std::uint64_t, pending_write> writes_;  // by index
  std::map<std::uint64_t, pending_read> reads_;    // by ticket
  std::uint64_t last_ticket_ = 0;
  duration clock_offset_{};
  int clock_drift_permille_ = 0;
  std::optional<virtual_time> timer_due_;
  bool led_ = false;
  std::uint64_t led_term_ = 0;

  actors::raft::raft_invariants invariants_;
  std::uint64_t checked_run_ = 0;
};

}  // namespace troupe::simulation
