// Some cores, their disks and the messages between them, moved by the commands of a transcript.
// Time stands still but for `timeout` and `pass`; messages stay where they are until `deliver`.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "actors/raft/raft_core.hpp"
#include "actors/raft/raft_invariants.hpp"
#include "storage/memory_raft_log.hpp"
#include "tests/support/transcript.hpp"

namespace troupe::actors::raft {

class raft_script {
 public:
  std::string operator()(const tests::command& command);

 private:
  struct server {
    std::string id;
    storage::memory_raft_log disk;
    prng random{1};
    std::unique_ptr<raft_core> core;
    std::deque<raft_output> writes;  // not on the disk yet
    bool holds_writes = false;
    raft_invariants invariants;
  };

  std::string on_servers(const tests::command& command);
  std::string on_stored(const tests::command& command);
  std::string on_start();
  std::string on_timeout(server& one);
  std::string on_beat(server& one);
  std::string on_propose(server& one, const tests::command& command);
  std::string on_read(server& one, const tests::command& command);
  std::string on_deliver(const tests::command& command, bool lost);
  std::string on_settle();
  std::string on_crash(server& one);
  std::string on_lease(server& one) const;

  std::string turn(server& one);
  std::string sync(server& one);
  std::string states() const;
  std::string state(const server& one) const;

  time_point now_{std::chrono::seconds{1000}};
  messages::RaftConfiguration configuration_;
  std::map<std::string, server> servers_;
  std::deque<messages::RaftMessage> messages_;
  bool prints_messages_ = true;
};

}  // namespace troupe::actors::raft
