// Running suspicions and when each ends: Lifeguard's LHA-Suspicion (IV-B). A suspicion starts at
// its maximum and each independent confirmation shortens it. No clock: the caller says what time it
// is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/gossip/swim/number_map.hpp"
#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

// Confirmations that are told apart; the paper's K is 3, memberlist's 2 on a LAN and 4 on a WAN.
inline constexpr int confirmations_max = 8;

// How long a suspicion lasts.
struct suspicion_term {
  nanoseconds min{0};
  nanoseconds max{0};
  int confirmations_wanted = 0;  // k; 0: it lasts the minimum
};

// max - log(c + 1) / log(k + 1) * (max - min) cut to milliseconds, at least min.
nanoseconds suspicion_length(const suspicion_term& term, int confirmations);

// multiplier * max(1, log10(max(1, members))) * probe_interval; the logarithm cut to thousandths.
nanoseconds suspicion_min(double multiplier, std::uint32_t members, nanoseconds probe_interval);

class suspicion_timers {
 public:
  std::size_t size() const { return running_.size(); }
  bool is_running(member_number about) const { return running_.find(about) != nullptr; }

  // None runs about this member. `from` does not count as a confirmation.
  void start(member_number about, member_number from, const suspicion_term& term, time_point now);
  // True if this is news: one runs, wants more, and this one had not been counted. The end may come
  // nearer, to the past even.
  bool confirm(member_number about, member_number from);
  void cancel(member_number about);

  // max(): none. A little early at times: take_due() then finds nothing.
  time_point next_due() const { return due_.empty() ? time_point::max() : due_.front().at; }
  void fetch() const {
    __builtin_prefetch(due_.data());
    running_.fetch();
  }
  // A suspicion that is over, ended by this; no_member if there is none.
  member_number take_due(time_point now);

 private:
  struct suspicion {
    time_point started;
    time_point ends;
    suspicion_term term;
    int confirmations = 0;
    // The accuser and those who confirmed.
    std::array<member_number, confirmations_max + 1> witnesses{};
  };
  struct due {
    time_point at;
    member_number about;

    // A heap's top is its largest; equal times are ordered by number so that runs repeat.
    bool operator<(const due& other) const {
      return at != other.at ? at > other.at : about > other.about;
    }
  };

  void schedule(member_number about, time_point at);
  bool is_current(const due& item) const;
  void drop_stale();

  number_map<suspicion> running_;
  std::vector<due> due_;  // a heap; also holds ends that have moved since
};

}  // namespace troupe::actors::gossip::swim
