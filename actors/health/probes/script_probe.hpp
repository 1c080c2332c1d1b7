// Runs a program, in a process group of its own, without a shell. Exit code 0 passing, 1 warning,
// everything else critical; what it writes to standard output and error is the output, its end
// kept. At the timeout the whole group is killed. Needs no SIGCHLD handler: it waits on a pidfd.
#pragma once

#include <memory>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_environment.hpp"

namespace troupe::actors {

class script_probe : public probe {
 public:
  script_probe(const messages::CheckDefinition& definition, probe_environment& environment);
  ~script_probe() override { cancel(); }

  void start(std::function<void(check_result)> done) override;
  void cancel() override;

 private:
  class execution;

  probe_environment* environment_;
  std::shared_ptr<const messages::CheckDefinition> definition_;
  std::weak_ptr<execution> execution_;
};

}  // namespace troupe::actors
