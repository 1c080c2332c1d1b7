// What the members of a live pool say of one another, with the time it was said, and what follows
// from it: who noticed a failure when, and which failures were none. Pure but for the log's lock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::gossip_scale {

using wall_time = std::chrono::steady_clock::time_point;

// `observer` announced `about` as failed, or as back.
struct sighting {
  wall_time at;
  std::uint32_t observer = 0;
  std::uint32_t about = 0;
  bool is_failure = true;
};

// Filled by many threads at once.
class sighting_log {
 public:
  void add(const sighting& seen);
  // How many told that `about` failed.
  std::size_t failures_told(std::uint32_t about) const;
  std::vector<sighting> all() const;

 private:
  mutable std::mutex guard_;
  std::vector<sighting> all_;
  std::vector<std::uint32_t> failures_;  // by member, how many told
};

// What was done to a member.
struct mishap {
  std::uint32_t member = 0;
  bool is_pause = false;
  wall_time begun;
  wall_time ended;  // of a pause
};

// Seconds from the mishap on; -1: nobody, or not all.
struct noticed_by {
  std::size_t observers = 0;  // that could have noticed
  std::size_t told = 0;
  double first_s = -1;
  double median_s = -1;
  double all_s = -1;
};

struct noticed {
  std::uint32_t member = 0;
  bool is_pause = false;
  std::int64_t first_observer = -1;
  noticed_by ours;
  noticed_by serf;
  // Of a pause: those that told of a failure and then that the member is back, and the last of
  // them, counted from the end of the pause.
  std::size_t back_told = 0;
  double back_all_s = -1;
};

struct judgement {
  std::vector<noticed> mishaps;
  // Failures told of members to which nothing had happened, by healthy members and by those that
  // were paused themselves.
  std::size_t false_positives_at_healthy = 0;
  std::size_t false_positives_at_paused = 0;
};

// Members below `ours` are ours, the others serf's; `all` of both.
judgement judge(const std::vector<sighting>& seen, const std::vector<mishap>& mishaps,
                std::uint32_t ours, std::uint32_t all);

}  // namespace troupe::gossip_scale
