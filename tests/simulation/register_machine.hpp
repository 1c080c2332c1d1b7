// The state that simulated servers replicate: registers that are written or compared and swapped,
// and the servers that the log has named. As text it is a snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "messages/raft.pb.h"
#include "tests/simulation/linearizability.hpp"

namespace troupe::simulation {

struct register_machine {
  std::uint64_t applied = 0;
  std::uint64_t applied_term = 0;
  messages::RaftConfiguration servers;
  std::uint64_t servers_index = 0;  // 0: the log has named none yet
  std::map<std::uint64_t, std::uint64_t> values;

  // A command for the log: a write or a swap.
  static std::string command(std::uint64_t key, const operation& wanted);

  // The value before it.
  std::uint64_t apply(const messages::LogEntry& entry);
  std::uint64_t value_of(std::uint64_t key) const;

  std::string text() const;
  static std::optional<register_machine> from_text(const std::string& text);
};

}  // namespace troupe::simulation
