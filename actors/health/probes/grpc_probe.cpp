#include "actors/health/probes/grpc_probe.hpp"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include "actors/health/probes/grpc_call.hpp"
#include "actors/runtime/go_words.hpp"
#include "messages/grpc_health.pb.h"

namespace troupe::actors {

namespace {

namespace asio = boost::asio;
using messages::CheckDefinition;
using messages::GrpcHealthRequest;
using messages::GrpcHealthResponse;

constexpr int deadline_exceeded = 4;

// "host:port[/service]".
struct grpc_target {
  std::string server;
  std::string service;
};

grpc_target split_target(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos)
    return {text, ""};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

check_result failed(int code, const std::string& detail) {
  return {check_status::critical,
          fmt::format("rpc error: code = {} desc = {}", grpc_code_name(code), detail)};
}

check_result not_connected(const std::string& why) {
  return failed(static_cast<int>(grpc_code::unavailable),
                fmt::format("connection error: desc = \"{}\"", why));
}

// Exchanges bytes until the call is done; "" or why that could not be.
template <class Stream>
asio::awaitable<std::string> carry(Stream& stream, grpc_call& call) {
  std::array<char, 4096> piece{};
  while (!call.is_done()) {
    const auto output = call.take_output();
    if (!output.empty()) {
      auto [error, written] = co_await asio::async_write(stream, asio::buffer(output), as_result);
      if (error)
        co_return "error writing: " + go_words(error);
    }
    auto [error, bytes] = co_await stream.async_read_some(asio::buffer(piece), as_result);
    if (error)
      co_return "error reading server preface: " + go_words(error);
    if (!call.receive({piece.data(), bytes}))
      co_return "error reading from server: " + call.protocol_error();
  }
  co_return "";
}

check_result judge(const std::string& shown, const grpc_outcome& outcome) {
  if (outcome.code != static_cast<int>(grpc_code::ok))
    return failed(outcome.code, outcome.detail);
  GrpcHealthResponse answer;
  if (!answer.ParseFromString(outcome.message))
    return failed(static_cast<int>(grpc_code::internal),
                  "grpc: failed to unmarshal the received message");
  if (answer.status() == GrpcHealthResponse::SERVING)
    return {check_status::passing, fmt::format("gRPC check {}: success", shown)};
  const auto& name = GrpcHealthResponse::ServingStatus_Name(answer.status());
  return {check_status::critical,
          fmt::format("gRPC {} serving status: {}", shown,
                      name.empty() ? std::to_string(answer.status()) : name)};
}

asio::awaitable<check_result> look(std::shared_ptr<probe_run> run,
                                   std::shared_ptr<const CheckDefinition> definition) {
  const auto target = split_target(definition->grpc());
  const auto peer = split_host_port(target.server);
  if (!peer)
    co_return not_connected("transport: Error while dialing: dial tcp: " + peer.error().detail);
  const auto late = failed(deadline_exceeded, "context deadline exceeded");
  if (const auto error = co_await run->dial(*peer); !error.empty())
    co_return run->timed_out() ? late : not_connected("transport: Error while dialing: " + error);

  GrpcHealthRequest request;
  request.set_service(target.service);
  const auto bytes = request.SerializeAsString();
  grpc_call call(
      {target.server, "/grpc.health.v1.Health/Check", bytes, definition->grpc_use_tls()});
  std::string error;
  if (definition->grpc_use_tls()) {
    tls_options tls{!definition->tls_skip_verify(), definition->tls_server_name(), "h2"};
    if (tls.server_name.empty())
      tls.server_name = peer->host;
    auto session = co_await start_tls(run, std::move(tls));
    if (!session.stream)
      co_return run->timed_out()
          ? late
          : not_connected("transport: authentication handshake failed: " + session.error);
    error = co_await carry(*session.stream, call);
  } else {
    error = co_await carry(run->socket(), call);
  }
  if (run->timed_out())
    co_return late;
  co_return error.empty() ? judge(definition->grpc(), call.outcome()) : not_connected(error);
}

}  // namespace

grpc_probe::grpc_probe(const CheckDefinition& definition, probe_environment& environment)
    : environment_(&environment),
      definition_(std::make_shared<const CheckDefinition>(definition)) {}

void grpc_probe::start(std::function<void(check_result)> done) {
  auto run =
      std::make_shared<probe_run>(*environment_, std::chrono::nanoseconds{definition_->timeout()});
  run_ = run;
  auto work = look(run, definition_);
  probe_run::launch(std::move(run), std::move(work), std::move(done));
}

void grpc_probe::cancel() {
  if (const auto run = run_.lock())
    run->abandon();
  run_.reset();
}

}  // namespace troupe::actors
