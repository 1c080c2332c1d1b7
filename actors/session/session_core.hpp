// When sessions end and how long locks stay refused: the part of sessions that depends on time and
// so is no part of the replicated state. Pure: time comes in with each call.
//
// A session ends twice its time to live after it began or was last renewed (Consul 1.22.7). The
// count stands with the leader alone; a new leader starts it anew, for it cannot know what the old
// one had heard. Lock delays are counted by every server, from the moment it applied the end of
// the session, so that a new leader has them.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::actors::session {

using time_point = std::chrono::steady_clock::time_point;
using std::chrono::nanoseconds;

struct lifetime {
  std::string id;
  nanoseconds ttl{0};  // above 0
};

class session_core {
 public:
  // -- leadership -----------------------------------------------------------

  // These are all sessions with a time to live.
  void lead(const std::vector<lifetime>& sessions, time_point now);
  void follow();
  bool leads() const { return leads_; }

  // -- sessions -------------------------------------------------------------

  // Of one that is known the count goes on.
  void began(const lifetime& session, time_point now);
  void ended(const std::string& id);
  // Forgets every session but these.
  void replaced(const std::vector<lifetime>& sessions, time_point now);
  // False: it is not known, or its time was over already.
  bool renew(const std::string& id, time_point now);

  // Sessions whose time is over, at most so many as may be under way at once. Each is to be
  // destroyed, with end_failed() if that did not succeed and ended() if it did.
  std::vector<std::string> take_expired(time_point now);
  void end_failed(const std::string& id, time_point now);

  // -- locks ------------------------------------------------------------------

  // Nobody may lock the key for that long, at most limits::lock_delay_max.
  void delay_lock(const std::string& key, nanoseconds delay, time_point now);
  bool lock_is_delayed(const std::string& key, time_point now) const;
  void forget_past_delays(time_point now);

  // When take_expired() or forget_past_delays() next has something to do.
  std::optional<time_point> next_deadline() const;

 private:
  struct timed_session {
    nanoseconds ttl{0};
    time_point due;
    bool expired = false;  // to the end of this leadership
    bool ending = false;   // its destruction is under way
    nanoseconds retry{0};
  };

  void schedule(const std::string& id, timed_session& session, time_point due);
  void unschedule(const std::string& id, const timed_session& session);

  bool leads_ = false;
  std::unordered_map<std::string, timed_session> sessions_;
  std::set<std::pair<time_point, std::string>> due_;  // of all that are not ending
  std::size_t ending_ = 0;
  std::unordered_map<std::string, time_point> delayed_until_;  // by key
  std::multimap<time_point, std::string> delays_;              // may hold outdated ones
};

}  // namespace troupe::actors::session
