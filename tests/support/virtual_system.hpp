// CAF in virtual time: nothing happens but in run() and advance().
#pragma once

#include <chrono>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace troupe::tests {

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
