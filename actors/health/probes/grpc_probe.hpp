// Asks a gRPC server for its health (grpc.health.v1, method Check), on a connection of its own.
// SERVING is passing, everything else critical. Speaks HTTP/2 by libnghttp2: the gRPC library would
// cost every agent ten megabytes.
#pragma once

#include <memory>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_run.hpp"

namespace troupe::actors {

class grpc_probe : public probe {
 public:
  grpc_probe(const messages::CheckDefinition& definition, probe_environment& environment);
  ~grpc_probe() override { cancel(); }

  void start(std::function<void(check_result)> done) override;
  void cancel() override;

 private:
  probe_environment* environment_;
  std::shared_ptr<const messages::CheckDefinition> definition_;
  std::weak_ptr<probe_run> run_;
};

}  // namespace troupe::actors
