#include "actors/health/probes/udp_probe.hpp"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/core.h>

#include "actors/runtime/go_words.hpp"

namespace troupe::actors {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

udp_probe::udp_probe(const messages::CheckDefinition& definition, probe_environment& environment)
    : environment_(&environment), address_(definition.udp()), timeout_(definition.timeout()) {}

void udp_probe::start(std::function<void(check_result)> done) {
  auto run = std::make_shared<probe_run>(*environment_, timeout_);
  run_ = run;
  auto work = look(run, address_);
  probe_run::launch(std::move(run), std::move(work), std::move(done));
}

void udp_probe::cancel() {
  if (const auto run = run_.lock())
    run->abandon();
  run_.reset();
}

asio::awaitable<check_result> udp_probe::look(std::shared_ptr<probe_run> run, std::string address) {
  const auto peer = split_host_port(address);
  if (!peer)
    co_return critical("dial udp: " + peer.error().detail);
  const auto found = co_await run->resolve(*peer, "udp");
  if (!found.error.empty())
    co_return critical(found.error);
  const auto& first = found.list.begin()->endpoint();
  const auto shown = join_host_port(first.address().to_string(), peer->port);

  const auto socket = std::make_shared<udp::socket>(run->environment().io());
  run->on_abort([socket] {
    error_code ignored;
    socket->close(ignored);
  });
  error_code error;
  socket->connect(udp::endpoint(first.address(), first.port()),
                  error);  // of a datagram: no waiting
  if (error)
    co_return critical(go_dial_error("udp", shown, error));
  std::tie(error, std::ignore) = co_await socket->async_send(asio::buffer("", 0), as_result);
  std::array<char, 1> answer{};
  if (!error)
    std::tie(error, std::ignore) = co_await socket->async_receive(asio::buffer(answer), as_result);
  if (error && !run->timed_out())
    co_return critical(go_stream_error("read udp", shown, error));
  co_return passing(fmt::format("UDP connect {}: Success", address));
}

}  // namespace troupe::actors
