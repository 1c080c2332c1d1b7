// Lifeguard's local health (IV-A): how little this member trusts itself.
#pragma once

#include <algorithm>

namespace troupe::actors::gossip::swim {

class local_health {
 public:
  explicit local_health(int score_max) : score_max_(score_max) {}

  // 0: healthy, up to score_max.
  int score() const { return score_; }
  void add(int delta) { score_ = std::clamp(score_ + delta, 0, score_max_); }

 private:
  int score_max_;
  int score_ = 0;
};

}  // namespace troupe::actors::gossip::swim
