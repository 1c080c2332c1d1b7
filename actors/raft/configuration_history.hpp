// The servers as the log tells them. The newest configuration in the log counts, committed or not
// (4.1); when its entry is truncated, the one before it counts again. So all that are not committed
// are kept, and the newest that is: whatever was cut off the log, nothing falls back behind it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "messages/ids.hpp"
#include "messages/raft.pb.h"

namespace troupe::actors::raft {

class configuration_history {
 public:
  // Begins with what is committed; index 0: what the first start was given, in no log yet.
  configuration_history(messages::log_index index, messages::RaftConfiguration servers);

  const messages::RaftConfiguration& latest() const { return in_force().servers; }
  messages::log_index latest_index() const { return in_force().index; }
  const std::vector<std::string>& voters() const { return in_force().voters; }  // sorted
  bool is_voter(const std::string& id) const;
  // Unset servers: not in it.
  const messages::RaftServer* find(const std::string& id) const;

  // An entry with a configuration is in the log; indexes ascend.
  void note(messages::log_index index, messages::RaftConfiguration servers);
  void truncate_from(messages::log_index index);
  // What is at or before the index will never be truncated.
  void committed(messages::log_index index);

 private:
  struct record {
    messages::log_index index;
    messages::RaftConfiguration servers;
    std::vector<std::string> voters;
  };
  static record make(messages::log_index index, messages::RaftConfiguration servers);
  const record& in_force() const;

  std::deque<record> records_;  // never empty; indexes ascend; only the first may be committed
};

}  // namespace troupe::actors::raft
