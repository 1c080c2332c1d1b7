// serve<Endpoint>: parse, ask, render. Only for serve_*.cpp.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/runtime/errors.hpp"
#include "gateway/http/gateway.hpp"
#include "gateway/http/serve.hpp"

namespace troupe::gateway {

// What a target may take beyond its own limits before it is given up.
inline constexpr auto answer_margin = std::chrono::seconds{5};

template <target ask>
const auto& target_of(const gateway_needs& needs) {
  if constexpr (ask == target::router)
    return needs.router;
  else if constexpr (ask == target::registry)
    return needs.registry;
  else if constexpr (ask == target::self)
    return needs.self;
  else if constexpr (ask == target::pools)
    return needs.pools;
  else if constexpr (ask == target::events)
    return needs.events;
  else
    return needs.node;
}

// How long this message may wait by design, and what cancels it.
template <class Message>
std::chrono::nanoseconds note_wait(Message& message, exchange& what,
                                   const gateway_options& options) {
  std::int64_t wait_ms = 0;
  bool waits = false;
  if constexpr (requires { message.options().min_index(); }) {
    wait_ms = message.options().wait_ms();
    waits = what.may_block = message.options().min_index() > 0;
  } else if constexpr (requires { message.hash(); }) {
    wait_ms = message.wait_ms();
    waits = !message.hash().empty();
  }
  auto limit = options.rpc_hold_timeout + answer_margin;
  // Leaving waits for others on purpose.
  if constexpr (std::is_same_v<Message, messages::LeaveRequest>)
    limit += options.max_query_time;
  // So does what a whole pool is asked, and who is joined may not be there.
  if constexpr (std::is_same_v<Message, messages::OperateKeyrings> ||
                std::is_same_v<Message, messages::JoinPool>)
    limit += messages::limits::pool_operation_timeout;
  if (!waits)
    return limit;
  auto wait = wait_ms > 0
                  ? std::chrono::nanoseconds(std::chrono::milliseconds(std::min<std::int64_t>(
                        wait_ms, options.max_query_time / std::chrono::milliseconds(1))))
                  : options.default_query_time;
  return limit + wait + wait / messages::limits::wait_jitter_divisor;
}

template <class Endpoint>
api_response rendered_failure(const caf::error& why) {
  auto response = render_failure(actors::from_caf(why));
  // Consul's handler had set these before it failed.
  if constexpr (requires { Endpoint::meta_on_failure; })
    add_query_meta(response, {}, {.effective_consistency = false});
  return response;
}

// Whether the request cache is asked in the target's stead.
template <class Endpoint>
bool goes_to_cache(const gateway& self, const exchange& what) {
  if (!self.needs().cache)
    return false;
  return Endpoint::cached == cache_use::always ||
         (self.options().use_cache && what.request.has("cached"));
}

template <class Endpoint, class Target>
void ask_and_respond(gateway& self, const Target& asked, std::uint64_t ticket,
                     typename Endpoint::message message) {
  self.request(asked, caf::infinite, std::move(message))
      .then(
          [&self, ticket](typename Endpoint::reply& reply) {
            if (auto* waiting = self.take(ticket))
              self.respond(*waiting, Endpoint::render(reply, waiting->request));
          },
          [&self, ticket](caf::error& why) {
            if (auto* waiting = self.take(ticket))
              self.respond(*waiting, rendered_failure<Endpoint>(why));
          });
}

template <class Endpoint>
void serve(gateway& self, exchange& what) {
  auto message = Endpoint::parse(what.request);
  if (!message)
    return self.respond(what, render_failure(message.error()));
  const auto limit = note_wait(*message, what, self.options());
  const auto ticket = self.wait(what, limit);
  if constexpr (requires { message->mutable_options()->set_ticket(ticket); })
    if (what.may_block)
      message->mutable_options()->set_ticket(ticket);
  if constexpr (requires { Endpoint::cached; })
    if (goes_to_cache<Endpoint>(self, what))
      return ask_and_respond<Endpoint>(self, self.needs().cache, ticket, std::move(*message));
  const auto& asked = target_of<Endpoint::ask>(self.needs());
  ask_and_respond<Endpoint>(self, asked, ticket, std::move(*message));
}

}  // namespace troupe::gateway
