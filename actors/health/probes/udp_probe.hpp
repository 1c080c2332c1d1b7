// Sends an empty datagram. Passing if something answers or nothing says no within the timeout;
// critical if the port is refused: that is all one can know of a protocol one does not speak.
#pragma once

#include <chrono>
#include <string>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_run.hpp"

namespace troupe::actors {

class udp_probe : public probe {
 public:
  udp_probe(const messages::CheckDefinition& definition, probe_environment& environment);
  ~udp_probe() override { cancel(); }

  void start(std::function<void(check_result)> done) override;
  void cancel() override;

 private:
  static boost::asio::awaitable<check_result> look(std::shared_ptr<probe_run> run,
                                                   std::string address);

  probe_environment* environment_;
  std::string address_;
  std::chrono::nanoseconds timeout_;
  std::weak_ptr<probe_run> run_;
};

}  // namespace troupe::actors
