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
#include "tests/simulation/raft_checkers.hpp"
#include "tests/simulation/virtual_world.hpp"

namespace troupe::simulation {

enum class read_mode { leased, consistent };

class raft_server {
 public:
  struct surroundings {
    virtual_world& world;
    const fault_plan& faults;
    raft_checkers& checkers;
    mutation fault = mutation::none;
    std::function<void(const messages::RaftMessage&)> send;
  };
  using on_written = std::function<void()>;
  using on_read = std::function<void(std::uint64_t value)>;

  raft_server(std::string id, messages::RaftConfiguration first_configuration, surroundings around);

  const std::string& id() const { return id_; }
  bool is_up() const { return core_.has_value(); }
  bool leads() const;
  std::uint64_t applied_index() const { return applied_; }
  std::uint64_t log_entries() const { return disk_.last_index().value; }

  void start();
  void crash();  // what was not synced is lost, or by chance is not

  void receive(const messages::RaftMessage& message);
  // False: refused, and never done. Else `done` is called if it is known to be done.
  bool write(std::uint64_t key, std::uint64_t value, on_written done);
  bool read(std::uint64_t key, read_mode mode, on_read done);

 private:
  struct pending_write {
    std::uint64_t term;
    on_written done;
  };
  struct pending_read {
    std::uint64_t key;
    std::uint64_t index = 0;  // once it is known
    on_read done;
  };

  actors::raft::time_point local_now() const;
  void carry_out();
  void persist(actors::raft::raft_output output);
  void begin_write();
  void finish_write(const actors::raft::raft_output& output);
  void append_to_disk(const actors::raft::raft_output& output);
  void apply_up_to(std::uint64_t index);
  void apply(const messages::LogEntry& entry);
  void serve_reads(const actors::raft::raft_output& output);
  bool may_read_at_once() const;
  void check();
  void arm_timer();
  // Runs unless the server has crashed since.
  void later(duration delay, std::function<void()> work);
  std::uint64_t value_of(std::uint64_t key) const;

  std::string id_;
  messages::RaftConfiguration first_configuration_;
  surroundings around_;
  prng random_;
  std::uint64_t run_ = 0;  // how often it was started

  // -- survives a crash --------------------------------------------------
  storage::memory_raft_log disk_;

  // -- does not ------------------------------------------------------------
  std::optional<actors::raft::raft_core> core_;
  std::optional<actors::raft::raft_output> writing_;
  std::optional<actors::raft::raft_output> next_write_;
  std::map<std::uint64_t, std::uint64_t> values_;
  std::uint64_t applied_ = 0;
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
