// Passing if a TCP connection (with TLS, if wanted) can be made. Sends and reads nothing more.
#pragma once

#include <chrono>
#include <string>

#include "actors/health/probes/probe.hpp"
#include "actors/health/probes/probe_run.hpp"

namespace troupe::actors {

class tcp_probe : public probe {
 public:
  tcp_probe(const messages::CheckDefinition& definition, probe_environment& environment);
  ~tcp_probe() override { cancel(); }

  void start(std::function<void(check_result)> done) override;
  void cancel() override;

 private:
  static boost::asio::awaitable<check_result> look(std::shared_ptr<probe_run> run,
                                                   std::string address,
                                                   std::optional<tls_options> tls);

  probe_environment* environment_;
  std::string address_;
  std::chrono::nanoseconds timeout_;
  std::optional<tls_options> tls_;
  std::weak_ptr<probe_run> run_;
};

}  // namespace troupe::actors
