// One way to look whether something is well: an HTTP request, a TCP connection, a script. A probe
// is run again and again by its owner; it decides nothing beyond one run's result, keeps no
// schedule and knows no thresholds.
#pragma once

#include <functional>
#include <memory>

#include "actors/health/check_result.hpp"
#include "actors/health/check_validation.hpp"
#include "messages/result.hpp"

namespace troupe::actors {

class probe_environment;

class probe {
 public:
  probe() = default;
  probe(const probe&) = delete;
  probe& operator=(const probe&) = delete;
  virtual ~probe() = default;  // cancels

  // Runs once, in the environment's io_context. `done` is called once, later and not from within
  // start(), at the latest when the check's timeout has passed. One run at a time.
  virtual void start(std::function<void(check_result)> done) = 0;

  // Ends a run under way; its `done` is never called.
  virtual void cancel() = 0;
};

// A probe for a plan of a kind that is probed (not ttl, not alias). The environment outlives it.
// Fails with errc::failed for a kind without a probe.
messages::result<std::unique_ptr<probe>> make_probe(const check_plan& plan,
                                                    probe_environment& environment);

}  // namespace troupe::actors
