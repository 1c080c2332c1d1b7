#include "actors/health/probes/tcp_probe.hpp"

#include <utility>

#include <fmt/core.h>

namespace troupe::actors {

namespace asio = boost::asio;

tcp_probe::tcp_probe(const messages::CheckDefinition& definition, probe_environment& environment)
    : environment_(&environment), address_(definition.tcp()), timeout_(definition.timeout()) {
  if (definition.tcp_use_tls())
    tls_ = tls_options{!definition.tls_skip_verify(), definition.tls_server_name(), ""};
}

void tcp_probe::start(std::function<void(check_result)> done) {
  auto run = std::make_shared<probe_run>(*environment_, timeout_);
  run_ = run;
  auto work = look(run, address_, tls_);
  probe_run::launch(std::move(run), std::move(work), std::move(done));
}

void tcp_probe::cancel() {
  if (const auto run = run_.lock())
    run->abandon();
  run_.reset();
}

asio::awaitable<check_result> tcp_probe::look(std::shared_ptr<probe_run> run, std::string address,
                                              std::optional<tls_options> tls) {
  const auto peer = split_host_port(address);
  if (!peer)
    co_return critical("dial tcp: " + peer.error().detail);
  if (auto error = co_await run->dial(*peer); !error.empty())
    co_return critical(std::move(error));
  if (tls) {
    if (tls->server_name.empty())
      tls->server_name = peer->host;
    const auto session = co_await start_tls(run, *tls);
    if (!session.stream)
      co_return critical(run->timed_out() ? fmt::format("dial tcp {}: i/o timeout", address)
                                          : session.error);
  }
  boost::system::error_code ignored;
  run->socket().close(ignored);
  co_return passing(fmt::format("{} connect {}: Success", tls ? "TCP+TLS" : "TCP", address));
}

}  // namespace troupe::actors
