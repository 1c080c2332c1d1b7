// An actor that is played by a test: the interface of a real one, of which the test writes down
// only the messages that matter to it. Everything else is refused, so a message that comes to be
// asked by mistake is seen.
//
//   system.spawn([&] {
//     return tests::played<actors::router_actor>(
//         [&](const m::NodesQuery&) { return rows; },
//         [&](const m::CancelQuery& cancel) { cancelled.push_back(cancel.ticket()); });
//   });
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <caf/replies_to.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/errors.hpp"

namespace troupe::tests {

namespace detail {

template <class... Handlers>
struct handlers : Handlers... {
  using Handlers::operator()...;
};

template <class Signature>
struct played_message;

template <class Query, class Reply>
struct played_message<caf::typed_mpi<caf::detail::type_list<Query>, caf::output_tuple<Reply>>> {
  template <class Handler>
  static constexpr bool is_for = std::is_invocable_v<Handler&, const Query&>;

  template <class Given>
  static auto handler(std::shared_ptr<Given> given) {
    if constexpr (std::is_void_v<Reply>) {
      return [given](const Query& query) {
        if constexpr (is_for<Given>)
          (*given)(query);
      };
    } else {
      return [given](const Query& query) -> caf::result<Reply> {
        if constexpr (is_for<Given>)
          return (*given)(query);
        else
          return actors::to_caf({messages::errc::unavailable, "not asked in this test"});
      };
    }
  }
};

template <class Behavior>
struct player;

template <class... Signatures>
struct player<caf::typed_behavior<Signatures...>> {
  template <class Handler>
  static constexpr bool takes = (played_message<Signatures>::template is_for<Handler> || ...);

  template <class... Handlers>
  requires(sizeof...(Handlers) >
           0) static caf::typed_behavior<Signatures...> make(Handlers... given) {
    static_assert((takes<Handlers> && ...), "the interface has no such message");
    auto shared = std::make_shared<handlers<Handlers...>>(handlers<Handlers...>{given...});
    return {played_message<Signatures>::handler(shared)...};
  }
};

}  // namespace detail

template <class Handle, class... Handlers>
typename Handle::behavior_type played(Handlers... given) {
  return detail::player<typename Handle::behavior_type>::make(std::move(given)...);
}

}  // namespace troupe::tests
