// A router that answers from rows it is given and keeps what is proposed: a second actor with the
// same interface, so that the compiler finds a message that it does not take.
#pragma once

#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/errors.hpp"

namespace troupe::tests {

namespace m = messages;

struct router_script {
  m::NodeServices services;
  m::HealthChecks checks;
  m::CaRoots roots;
  bool fails = false;
  std::vector<m::Command> proposed;
};

template <class Query, class Answer>
auto refuse() {
  return [](const Query&) -> caf::result<Answer> {
    return actors::to_caf({m::errc::unavailable, "not asked in this test"});
  };
}

template <class Query, class Answer>
auto answer(router_script& script, Answer router_script::*rows) {
  return [&script, rows](const Query&) -> caf::result<Answer> {
    if (script.fails)
      return actors::to_caf({m::errc::no_leader, "No cluster leader"});
    return script.*rows;
  };
}

inline actors::router_actor spawn_test_router(caf::actor_system& system, router_script& script) {
  return system.spawn([&script]() -> actors::router_actor::behavior_type {
    return {refuse<m::KvGet, m::KvEntries>(),
            refuse<m::KvList, m::KvEntries>(),
            refuse<m::KvKeys, m::KvKeyNames>(),
            refuse<m::NodesQuery, m::Nodes>(),
            refuse<m::ServicesQuery, m::Services>(),
            refuse<m::ServiceNodesQuery, m::ServiceNodes>(),
            answer<m::NodeServicesQuery>(script, &router_script::services),
            answer<m::NodeChecksQuery>(script, &router_script::checks),
            refuse<m::ServiceChecksQuery, m::HealthChecks>(),
            refuse<m::ChecksInStateQuery, m::HealthChecks>(),
            refuse<m::ServiceHealthQuery, m::ServiceHealth>(),
            answer<m::CaRootsQuery>(script, &router_script::roots),
            refuse<m::SessionInfo, m::Sessions>(),
            refuse<m::NodeSessions, m::Sessions>(),
            refuse<m::SessionList, m::Sessions>(),
            refuse<m::SessionRenew, m::Sessions>(),
            refuse<m::TxnRead, m::TxnReadReply>(),
            [&script](const m::Propose& proposal) -> caf::result<m::CommandResult> {
              if (script.fails)
                return actors::to_caf({m::errc::no_leader, "No cluster leader"});
              script.proposed.push_back(proposal.command());
              m::CommandResult done;
              done.set_index(script.proposed.size());
              return done;
            },
            refuse<m::RaftStatusQuery, m::RaftStatus>(),
            refuse<m::DatacentersQuery, m::Datacenters>(),
            [](const m::CancelQuery&) {}};
  });
}

// CAF in virtual time.
struct virtual_system {
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };
  void run() {
    while (time().try_run_once()) {
    }
  }
  void advance(std::chrono::nanoseconds by) {
    time().advance_time(by);
    run();
  }
  caf::scheduler::test_coordinator& time() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  config settings;
  caf::actor_system system{settings};
};

}  // namespace troupe::tests
