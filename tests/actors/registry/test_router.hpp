// A router that answers from rows it is given and keeps what is proposed.
#pragma once

#include <vector>

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/errors.hpp"
#include "tests/support/played_actor.hpp"
#include "tests/support/virtual_system.hpp"

namespace troupe::tests {

namespace m = messages;

struct router_script {
  m::NodeServices services;
  m::HealthChecks checks;
  m::CaRoots roots;
  bool fails = false;
  std::vector<m::Command> proposed;
};

inline actors::router_actor spawn_test_router(caf::actor_system& system, router_script& script) {
  const auto answer = [&script](auto router_script::*rows) {
    using reply = std::decay_t<decltype(script.*rows)>;
    return script.fails
               ? caf::result<reply>(actors::to_caf({m::errc::no_leader, "No cluster leader"}))
               : caf::result<reply>(script.*rows);
  };
  return system.spawn([&script, answer] {
    return played<actors::router_actor>(
        [answer](const m::NodeServicesQuery&) { return answer(&router_script::services); },
        [answer](const m::NodeChecksQuery&) { return answer(&router_script::checks); },
        [answer](const m::ChecksInStateQuery&) { return answer(&router_script::checks); },
        [answer](const m::CaRootsQuery&) { return answer(&router_script::roots); },
        [&script](const m::Propose& proposal) -> caf::result<m::CommandResult> {
          if (script.fails)
            return actors::to_caf({m::errc::no_leader, "No cluster leader"});
          script.proposed.push_back(proposal.command());
          m::CommandResult done;
          done.set_index(script.proposed.size());
          return done;
        });
  });
}

}  // namespace troupe::tests
