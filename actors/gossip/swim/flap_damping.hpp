// Members that fail and come back again and again, and how long they are held out: route flap
// damping (RFC 2439) for members. Refutations and returns from the dead are counted, and the counts
// decay; above a limit, and several times the pool's mean, a member's word that it is alive is not
// taken any more until its hold has ended. Each hold is twice as long as the one before, up to
// eight minutes, half of what that took begins it, and each probe of it that fails begins it anew.
// So who is mended comes back, and nobody else does. All see about the same and so hold out the
// same ones. No clock: the caller says what time it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "actors/gossip/swim/number_map.hpp"
#include "actors/gossip/swim/swim_settings.hpp"
#include "actors/gossip/swim/swim_types.hpp"

namespace troupe::actors::gossip::swim {

class flap_damping {
 public:
  // Times count in probe intervals.
  flap_damping(const flap_damping_settings& settings, nanoseconds probe_interval)
      : settings_(settings), probe_interval_(probe_interval) {}

  enum class said : std::uint8_t { refuted, returned };

  // A member says with this incarnation that it is alive after all.
  struct word {
    member_number about;
    incarnation_number incarnation;
    said what = said::refuted;
    std::uint32_t refutations = 1;  // how many it made since it was last heard
  };
  // True: believe it. The same incarnation counts once. `members`: in the pool; no more than a
  // third of them are held out, for then it is not they.
  bool takes(const word& spoken, std::uint32_t members, time_point now);
  // It was declared dead: a hold begins, if it is to be held out.
  void on_dead(member_number about, std::uint32_t members, time_point now);
  enum class probe_of : std::uint8_t { oneself, another };

  // It did not answer somebody's probe while it was held out: the hold lasts its whole length from
  // now on. True: that is news, for half of it was over; or a quarter, if another says so, whose
  // half was over a little earlier.
  bool prolong(member_number about, probe_of by, time_point now);
  bool is_held_out(member_number about, time_point now) const {
    return damped_ > 0 && is_damped(about, now);
  }
  // The highest of its words, taken or not; 0: none is known.
  incarnation_number heard_incarnation(member_number about) const;
  // Something is held against it still, so that it must not be forgotten.
  bool remembers(member_number about, time_point now) const;
  // It counts as new.
  void forget(member_number about);
  // Members of whom something is counted.
  std::size_t size() const { return flapping_.size(); }

 private:
  // As of `at`.
  struct counts {
    double refutations = 0;
    double returns = 0;
    time_point at;
  };
  struct flaps {
    counts seen;
    incarnation_number counted;
    std::uint32_t holds = 0;  // so far
    bool is_damped = false;
    std::optional<time_point> held_until{};  // since it was declared dead
  };

  void decay(counts& seen, time_point now) const;
  void count(counts& seen, said what, std::uint32_t refutations, time_point now) const;
  // 1: at the limit.
  double badness(counts of_it, time_point now) const;
  nanoseconds hold_of(const flaps& about) const;
  bool is_damped(member_number about, time_point now) const;
  bool is_held_out(const flaps& about, time_point now) const;
  bool remembers(const flaps& about, time_point now) const;
  bool hold(flaps& about, double needed, time_point now);
  void forget_old(time_point now);

  flap_damping_settings settings_;
  nanoseconds probe_interval_;
  number_map<flaps> flapping_;
  counts of_all_;
  std::uint32_t members_ = 0;  // in the pool, when it was last told
  std::size_t damped_ = 0;
  std::size_t sweep_at_ = 0;  // with so many entries
};

}  // namespace troupe::actors::gossip::swim
