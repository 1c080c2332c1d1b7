// Unmodified `serf agent` processes in the same pool: started, killed, stopped, and what they print
// and cost.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/gossip_scale/live/live_options.hpp"
#include "bench/gossip_scale/live/sightings.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

class serf_agents {
 public:
  struct costs {
    double cpu_s = 0;  // user and system, of all since their start
    double resident_bytes = 0;
  };
  // Datagrams of all of them a second, as each counted its own.
  struct sent {
    double packets_per_s = 0;
    double bytes_per_s = 0;
  };

  // Each joins our first member and tries again each second. Fails with errc::io and a line for
  // people. The log hears from the beginning of failures and of who is back.
  static messages::result<std::unique_ptr<serf_agents>> start(const live_options& options,
                                                              std::shared_ptr<sighting_log> log);
  ~serf_agents();
  serf_agents(const serf_agents&) = delete;
  serf_agents& operator=(const serf_agents&) = delete;

  // How many there are that know of so many members.
  std::size_t that_know(std::size_t members) const;
  costs spent() const;
  // Asks each for what it counted; answered() follows. Only intervals within these times count.
  void ask_for_traffic(std::chrono::system_clock::time_point from,
                       std::chrono::system_clock::time_point to);
  bool has_answered() const;
  sent traffic() const;

  // By the number in the pool: from options.members on.
  void kill(std::uint32_t member);
  void stop(std::uint32_t member);
  void go_on(std::uint32_t member);

 private:
  struct parts;
  explicit serf_agents(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::gossip_scale
