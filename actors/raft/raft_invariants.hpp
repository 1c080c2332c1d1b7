// What must hold of one server at every moment, and from one moment to the next. Used by tests and
// the simulation after every step; what must hold between servers is checked there.
#pragma once

#include <optional>
#include <string>

#include "actors/raft/raft_core.hpp"

namespace troupe::actors::raft {

class raft_invariants {
 public:
  // The first invariant that the core breaks, by name and numbers; unset: none. `started_anew`: the
  // core was made from what is stored since the last call.
  std::optional<std::string> check(const raft_core& core, bool started_anew = false);

 private:
  struct moment {
    raft_status status;
    std::optional<messages::server_id> voted_for;
  };

  std::optional<std::string> check_moment(const raft_core& core) const;
  std::optional<std::string> check_change(const moment& before, const moment& now,
                                          const raft_core& core) const;

  std::optional<moment> before_;
};

}  // namespace troupe::actors::raft
