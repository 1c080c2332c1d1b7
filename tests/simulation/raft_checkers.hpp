// What must hold between the servers of a cluster, whatever happens to them (figure 3.2 of the
// dissertation). Told of every event by the cluster; remembers the whole run.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "actors/raft/raft_core.hpp"
#include "messages/raft.pb.h"

namespace troupe::simulation {

class raft_checkers {
 public:
  // The first thing that was found wrong.
  const std::optional<std::string>& violation() const { return violation_; }
  void report(std::string what);

  // Election safety: at most one leader in a term. `leader` names one run of one server.
  void on_leader(std::uint64_t term, const std::string& leader);
  // Leader completeness: a leader has every entry that was committed in an earlier term. One that
  // is elected late, by votes that were long under way, need not have what later ones committed.
  void on_elected(const actors::raft::raft_core& core, const std::string& leader);
  // Log matching: entries of equal index and term are equal, and so is what stands before them.
  void on_append(const messages::LogEntry& entry, std::uint64_t previous_term);
  // State machine safety: no two servers apply different entries at an index.
  // `term` is the server's current one: that of the commit, or a later one.
  void on_apply(const messages::LogEntry& entry, const std::string& server, std::uint64_t term);

  // The newest configuration that was applied anywhere, and its index.
  const messages::RaftConfiguration& servers() const { return servers_; }
  std::uint64_t servers_index() const { return servers_index_; }

  std::uint64_t terms_led() const { return leaders_.size(); }
  std::uint64_t entries_committed() const { return committed_.size(); }

 private:
  struct entry_record {
    std::uint64_t previous_term;
    std::string data;
    bool operator==(const entry_record&) const = default;
  };

  std::optional<std::string> violation_;
  std::map<std::uint64_t, std::string> leaders_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, entry_record> entries_;  // by index, term
  struct commit_record {
    messages::LogEntry entry;
    std::uint64_t term;  // when it was first seen to be committed
  };
  std::map<std::uint64_t, commit_record> committed_;  // by index
  messages::RaftConfiguration servers_;
  std::uint64_t servers_index_ = 0;
};

}  // namespace troupe::simulation
