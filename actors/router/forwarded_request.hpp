// A request that another server answers: to the leader, or from a client agent to any server. Tried
// again for as long as a request may wait for a leader; what may have been carried out is only
// repeated where that changes nothing. Lives on its router's io_thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "actors/runtime/errors.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::router {

// Whether a request that may have been carried out may be sent again.
enum class repeat : std::uint8_t { allowed, only_if_not_sent };

// Who may answer.
enum class answerer : std::uint8_t { any_server, the_leader };

// Where a request goes next.
struct next_stop {
  std::string id;  // of the server
  router_actor router;
  bool to_the_leader = false;  // so it is not to be passed on from there
};

// Router: has next_hop(), nobody_known(), hop_failed(), learned_leader(), is_never_sent(), now(),
// retry_pause() and post_after().
template <class Router, class Request, class Reply>
class forwarded_request
    : public std::enable_shared_from_this<forwarded_request<Router, Request, Reply>> {
 public:
  using promise = caf::typed_response_promise<Reply>;
  using time_point = std::chrono::steady_clock::time_point;

  // The router outlives it: `keep`.
  forwarded_request(Router& router, caf::strong_actor_ptr keep, Request request, promise answer,
                    repeat when, answerer whose)
      : router_(router),
        keep_(std::move(keep)),
        request_(std::move(request)),
        promise_(std::move(answer)),
        repeat_(when),
        answerer_(whose),
        began_(router.now()) {}

  void send() {
    const auto hop = router_.next_hop(answerer_);
    if (!hop)
      return try_later({messages::errc::no_leader, router_.nobody_known()});
    if constexpr (requires { request_.mutable_options()->set_forwarded(true); })
      request_.mutable_options()->set_forwarded(hop->to_the_leader);
    router_.request(hop->router, caf::infinite, request_)
        .then([self = this->shared_from_this()](
                  Reply& reply) { self->promise_.deliver(std::move(reply)); },
              [self = this->shared_from_this(), id = hop->id](const caf::error& why) {
                self->on_refused(id, from_caf(why));
              });
  }

 private:
  void on_refused(const std::string& by, messages::failure why) {
    using messages::errc;
    const bool has_no_leader = why.code == errc::not_leader || why.code == errc::no_leader;
    const bool nothing_done = has_no_leader || router_.is_never_sent(why);
    // The link's words: the connection ended, or there was no answer in time.
    const bool may_be_done = why.detail.starts_with("rpc error making call: ");
    if (why.code != errc::not_leader)
      router_.hop_failed(by);
    else if (router_.learned_leader(why.detail))
      return send();
    if (!nothing_done && !(may_be_done && repeat_ == repeat::allowed)) {
      promise_.deliver(to_caf(why));
      return;
    }
    if (why.code == errc::not_leader)
      why = {errc::no_leader, router_.nobody_known()};
    try_later(why);
  }

  void try_later(const messages::failure& why) {
    if (!failing_since_)
      failing_since_ = router_.now();
    const auto pause = router_.retry_pause();
    const auto left = *failing_since_ + messages::limits::rpc_hold_timeout - router_.now();
    if (left <= pause) {
      promise_.deliver(to_caf(why));
      return;
    }
    shorten_wait();
    router_.post_after(pause, [self = this->shared_from_this()] { self->send(); });
  }

  // A blocking query that is asked anew does not wait anew.
  void shorten_wait() {
    if constexpr (requires { request_.mutable_options()->set_wait_ms(1); }) {
      if (request_.options().min_index() == 0)
        return;
      using std::chrono::milliseconds;
      const auto since = std::exchange(began_, router_.now());
      const auto waited = std::chrono::duration_cast<milliseconds>(began_ - since).count();
      const auto whole = request_.options().wait_ms() > 0
                             ? request_.options().wait_ms()
                             : milliseconds(messages::limits::default_query_time).count();
      request_.mutable_options()->set_wait_ms(std::max<std::int64_t>(1, whole - waited));
    }
  }

  Router& router_;
  caf::strong_actor_ptr keep_;
  Request request_;
  promise promise_;
  repeat repeat_;
  answerer answerer_;
  time_point began_;
  std::optional<time_point> failing_since_;
};

}  // namespace troupe::actors::router
