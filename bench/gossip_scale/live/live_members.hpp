// The members of a live pool that run in this process: the actors and sockets of an agent, on
// threads that they share. It starts them, lets them join, kills and pauses them; it judges
// nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "bench/gossip_scale/live/live_options.hpp"
#include "bench/gossip_scale/live/sightings.hpp"
#include "messages/result.hpp"

namespace troupe::gossip_scale {

// What all of them have sent and counted, since the process began.
struct traffic {
  double packets_sent = 0;
  double packet_bytes_sent = 0;
  double streams_dialled = 0;
  double failures_told = 0;
};

class live_members {
 public:
  // Fails with errc::io and a line that says which could not be started.
  static messages::result<std::unique_ptr<live_members>> start(const live_options& options);
  ~live_members();
  live_members(const live_members&) = delete;
  live_members& operator=(const live_members&) = delete;

  // All but the first join, spread over the options' join_time; who cannot tries again each second.
  void join();
  std::size_t join_retries() const;
  // How many members there are that know of so many.
  std::size_t that_know(std::size_t members) const;

  // From now on each tells the log of failures and returns, once listening() has reached
  // options.members.
  void listen(std::shared_ptr<sighting_log> log);
  std::size_t listening() const;

  // Its sockets are closed; it says nothing to anybody.
  void kill(std::uint32_t member);
  // Those that the options name stand still, as in a process that is stopped: their thread does.
  // Ends early if `stop`.
  void pause(const std::atomic<bool>& stop);

  static traffic total();

 private:
  struct parts;
  explicit live_members(std::unique_ptr<parts> made);

  std::unique_ptr<parts> parts_;
};

}  // namespace troupe::gossip_scale
