// The vote on a name that two members claim: the others say whom they know by it. Pure.
#pragma once

#include <string_view>

#include "actors/gossip/endpoint.hpp"

namespace troupe::actors::gossip::serf {

// The internal query; its payload is the name.
inline constexpr std::string_view conflict_query = "_serf_conflict";

class name_vote {
 public:
  // A member's answer. `known`: where it knows the name to be; none if it does not know it.
  void count(const endpoint& known, const endpoint& self) {
    ++answers_;
    if (known == self)
      ++for_self_;
  }
  // Nobody's word is no majority: who is alone with its claim must go.
  bool is_won() const { return for_self_ >= answers_ / 2 + 1; }
  int answers() const { return answers_; }
  int for_self() const { return for_self_; }

 private:
  int answers_ = 0;
  int for_self_ = 0;
};

}  // namespace troupe::actors::gossip::serf
