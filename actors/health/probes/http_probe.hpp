// One HTTP/1.1 request a run, on a connection of its own. 2xx passing, 429 warning, everything else
// critical. Follows redirects to the same host alone (see may_follow), keeps no cookies, reads a
// bounded part of the body.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_run.hpp"

namespace troupe::actors {

class http_probe : public probe {
 public:
  http_probe(const messages::CheckDefinition& definition, probe_environment& environment);
  ~http_probe() override { cancel(); }

  void start(std::function<void(check_result)> done) override;
  void cancel() override;

 private:
  probe_environment* environment_;
  std::shared_ptr<const messages::CheckDefinition> definition_;  // runs under way share it
  std::weak_ptr<probe_run> run_;
};

}  // namespace troupe::actors
