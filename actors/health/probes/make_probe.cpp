#include "actors/health/probes/grpc_probe.hpp"
#include "actors/health/probes/http_probe.hpp"
#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/script_probe.hpp"
#include "actors/health/probes/tcp_probe.hpp"
#include "actors/health/probes/udp_probe.hpp"

namespace troupe::actors {

messages::result<std::unique_ptr<probe>> make_probe(const check_plan& plan,
                                                    probe_environment& environment) {
  std::unique_ptr<probe> made;
  switch (plan.kind) {
    case check_kind::http:
      made = std::make_unique<http_probe>(plan.definition, environment);
      break;
    case check_kind::tcp:
      made = std::make_unique<tcp_probe>(plan.definition, environment);
      break;
    case check_kind::udp:
      made = std::make_unique<udp_probe>(plan.definition, environment);
      break;
    case check_kind::grpc:
      made = std::make_unique<grpc_probe>(plan.definition, environment);
      break;
    case check_kind::script:
      made = std::make_unique<script_probe>(plan.definition, environment);
      break;
    default:
      return messages::failure{messages::errc::failed, "there is no probe for this kind of check"};
  }
  return made;
}

}  // namespace troupe::actors
