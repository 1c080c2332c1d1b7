#include "gateway/http/gateway.hpp"

#include <utility>

#include <caf/send.hpp>

#include "gateway/http/front_door.hpp"
#include "gateway/http/gzip.hpp"
#include "gateway/http/serve.hpp"
#include "gateway/http/ui_files.hpp"

namespace troupe::gateway {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_interval = 1s;

// A ticket is lane, generation and place: unique in the process for longer than anything waits.
constexpr int place_bits = 24;
constexpr int generation_bits = 32;
constexpr std::uint64_t place_mask = (1U << place_bits) - 1;

}  // namespace

gateway::gateway(caf::actor_config& config, actors::io_thread& home, gateway_options options,
                 gateway_needs needs, std::uint8_t lane)
    : io_actor(config, home),
      options_(std::move(options)),
      needs_(std::move(needs)),
      api_lines_("Vary: Accept-Encoding\r\nX-Consul-Default-Acl-Policy: allow\r\n"),
      lane_(lane),
      times_(actors::process_metrics()) {
  api_response configured;
  for (const auto& [name, value] : options_.response_headers)
    configured.header(name, value);
  common_lines_ = configured.header_lines();
}

gateway::behavior_type gateway::make_behavior() {
  tick_later();
  return {
      // From itself.
      [this](const messages::GatewayTick&) { on_tick(); },
  };
}

// -- for connections -----------------------------------------------------------

beginning gateway::begin(exchange& what) {
  auto& request = what.request;
  auto admitted = admit(request, options_);
  what.run = admitted.run;
  what.found = admitted.found;
  beginning result{.body_bytes_max = body_bytes_max(request), .early = {}};
  if (admitted.refused) {
    result.early = std::move(admitted.refused);
    return result;
  }
  if (request.body_bytes_told > result.body_bytes_max)
    result.early = body_too_large(request, request.body_bytes_told, result.body_bytes_max);
  return result;
}

api_response gateway::too_large(const exchange& what, std::size_t bytes) const {
  return body_too_large(what.request, bytes, body_bytes_max(what.request));
}

std::size_t gateway::body_bytes_max(const api_request& request) const {
  if (request.path.starts_with("/v1/kv/"))
    return options_.kv_value_bytes_max;
  return request.path == "/v1/txn" ? options_.txn_bytes_max : options_.body_bytes_max;
}

void gateway::handle(exchange& what) {
  what.ticket = 0;
  what.may_block = false;
  if (what.run != nullptr) {
    what.began = system().clock().now();
    return what.run(*this, what);
  }
  what.respond(ui_file(what.request.path, options_));
}

void gateway::abandon(exchange& what) {
  const auto ticket = what.ticket;
  forget(what);
  if (ticket == 0 || !what.may_block)
    return;
  messages::CancelQuery cancel;
  cancel.set_ticket(ticket);
  // Whoever does not know the ticket does nothing.
  if (needs_.cache)
    send(needs_.cache, cancel);
  if (needs_.events)
    send(needs_.events, cancel);
  send(needs_.router, std::move(cancel));
}

void gateway::finish(api_response& response, const api_request& request) const {
  if (response.of_the_api)
    response.lines(api_lines_);
  response.lines(common_lines_);
  if (!request.takes_gzip || response.body.size() < messages::limits::gzip_bytes_min)
    return;
  if (auto smaller = gzip(response.body)) {
    response.body = std::move(*smaller);
    response.lines("Content-Encoding: gzip\r\n");
    if (!response.of_the_api)
      response.lines("Vary: Accept-Encoding\r\n");
  }
}

// -- for serve<Endpoint> ---------------------------------------------------------

std::uint64_t gateway::wait(exchange& what, std::chrono::nanoseconds limit) {
  if (free_.empty()) {
    // One exchange a connection, so places are bounded as connections are.
    messages::ensure(waiters_.size() < place_mask);
    free_.push_back(static_cast<std::uint32_t>(waiters_.size()));
    waiters_.emplace_back();
  }
  const auto place = free_.back();
  free_.pop_back();
  auto& waits = waiters_[place];
  waits.what = &what;
  ++waits.generation;
  // One more, for a part of this second is gone already.
  waits.due_tick = tick_ + 1 + static_cast<std::uint64_t>(limit / tick_interval);
  what.ticket = (lane_ << (place_bits + generation_bits)) |
                (std::uint64_t{waits.generation} << place_bits) | place;
  return what.ticket;
}

gateway::waiter* gateway::find(std::uint64_t ticket) {
  const auto place = ticket & place_mask;
  if (place >= waiters_.size())
    return nullptr;
  auto& waits = waiters_[place];
  return waits.what != nullptr && waits.what->ticket == ticket ? &waits : nullptr;
}

void gateway::forget(exchange& what) {
  if (auto* waits = find(what.ticket); waits != nullptr) {
    waits->what = nullptr;
    free_.push_back(static_cast<std::uint32_t>(what.ticket & place_mask));
  }
  what.ticket = 0;
}

exchange* gateway::take(std::uint64_t ticket) {
  auto* waits = find(ticket);
  if (waits == nullptr)
    return nullptr;
  auto* what = waits->what;
  forget(*what);
  return what;
}

void gateway::respond(exchange& what, api_response response) {
  times_.add(*what.found, what.request.method, system().clock().now() - what.began);
  response.of_the_api = true;
  what.respond(std::move(response));
}

void gateway::respond_with(exchange& what, api_response head, std::unique_ptr<body_stream> body) {
  times_.add(*what.found, what.request.method, system().clock().now() - what.began);
  head.of_the_api = true;
  what.respond_with(std::move(head), std::move(body));
}

// By the io_thread's timer, which ends with the thread. CAF's clock would go on to wake an actor
// whose thread is gone.
void gateway::tick_later() {
  home().post_after(tick_interval, [self = caf::actor_cast<actors::gateway_actor>(this)] {
    caf::anon_send(self, messages::GatewayTick{});
  });
}

// The targets keep time limits of their own; this is for one that broke its promise.
void gateway::on_tick() {
  ++tick_;
  // By place: an answer may let a connection's next request in, which grows the list.
  // NOLINTNEXTLINE(modernize-loop-convert)
  for (std::size_t place = 0; place < waiters_.size(); ++place) {
    auto* what = waiters_[place].what;
    if (what == nullptr || waiters_[place].due_tick > tick_)
      continue;
    abandon(*what);
    respond(*what, render_failure({messages::errc::timed_out, "rpc error: request timed out"}));
  }
  tick_later();
}

// -- answers without an actor ------------------------------------------------------

void answer_at_once(gateway& self, exchange& what, plain_answer made_by) {
  self.respond(what, made_by(what.request, self.options()));
}

bool has_coordinates(const gateway& self) {
  return self.options().coordinates_enabled;
}

void refuse_coordinates(gateway& self, exchange& what) {
  self.respond(what, text_response(401, "Coordinate support disabled"));
}

void refuse_acl(gateway& self, exchange& what) {
  self.respond(what, text_response(401, "ACL support disabled"));
}

void refuse_all_but_get(gateway& self, exchange& what) {
  auto refused = text_response(405, "method " + what.request.method_text + " not allowed");
  refused.header("Allow", "GET");
  self.respond(what, std::move(refused));
}

void refuse_utilization(gateway& self, exchange& what) {
  self.respond(what, text_response(404, "operator utilization requires Consul Enterprise"));
}

void not_available(gateway& self, exchange& what) {
  self.respond(
      what, text_response(501, what.request.path + " is not available in this version of troupe"));
}

spawned_gateway spawn_gateway(caf::actor_system& system, actors::io_thread& home,
                              gateway_options options, gateway_needs needs, std::uint8_t lane) {
  auto handle = system.spawn<gateway>(std::ref(home), std::move(options), std::move(needs), lane);
  auto* actor = static_cast<gateway*>(caf::actor_cast<caf::abstract_actor*>(handle));
  return {handle, std::shared_ptr<http_gateway>(actor, [handle](http_gateway*) {})};
}

}  // namespace troupe::gateway
