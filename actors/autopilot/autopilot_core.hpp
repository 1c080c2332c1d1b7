// Judges how the servers of a datacenter do, and names those that are dead and may go. Pure: it is
// shown the servers every so often and remembers since when each has been healthy or not.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/autopilot.pb.h"
#include "messages/raft.pb.h"

namespace troupe::actors::autopilot {

// What the gossip pool says of a server.
enum class pool_status : std::uint8_t { none, alive, left, failed };

// A server of the Raft configuration as the leader knows it now.
struct server_facts {
  messages::RaftServer server;
  pool_status in_pool = pool_status::none;
  std::string version;
  std::map<std::string, std::string> meta;
  std::optional<messages::RaftStatus> raft;  // its own word, if it answered
};

struct judged_facts {
  std::vector<server_facts> servers;
  messages::RaftStatus leader;  // the judge's own
};

// Which servers are to be taken out of the datacenter, and how.
struct dead_servers {
  std::vector<std::string> failed_nodes;  // names of members: they count as left from now on
  std::vector<std::string> unknown_ids;   // of servers that the pool does not know
};

class autopilot_core {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `unix_now_ns` is what stable_since is told in. Nobody is healthy where the leader is not one of
  // the servers itself.
  messages::AutopilotState judge(const messages::AutopilotConfiguration& rules,
                                 const judged_facts& facts, std::int64_t unix_now_ns);

  // Dead ones that may go without a majority in doubt: of the voters fewer than half, so that those
  // that stay decided with them; never below min_quorum. Those without a vote come first, then the
  // voters that have been dead the longest. None unless rules.cleanup_dead_servers, none where the
  // leader is not one of the servers. A server must have been dead for the rules' stabilization
  // time; `now` never goes back.
  dead_servers cleanup(const messages::AutopilotConfiguration& rules, const judged_facts& facts,
                       time_point now);

  // The leadership is new: nothing is known.
  void forget();

 private:
  struct health {
    bool is_healthy = false;
    std::int64_t since = 0;  // Unix time in nanoseconds
  };

  void note_the_dead(const judged_facts& facts, time_point now);

  // Both by id, and of no server that is not in the configuration any more.
  std::map<std::string, health> health_;
  std::map<std::string, time_point> dead_since_;
};

}  // namespace troupe::actors::autopilot
