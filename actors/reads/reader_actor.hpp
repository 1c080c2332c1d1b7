// What the actors kv_shard and catalog have in common: from a message to the query_loop and back.
//
// A read that may be served at once and need not wait is answered from its handler; nothing is
// allocated for it.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/interfaces.hpp"
#include "actors/reads/query.hpp"
#include "actors/reads/query_loop.hpp"
#include "actors/runtime/errors.hpp"
#include "actors/runtime/io_actor.hpp"
#include "actors/runtime/leadership.hpp"
#include "storage/transaction.hpp"

namespace troupe::actors::reads {

// What a reader is given. All of it outlives the reader.
struct reader_needs {
  const storage::environment* state;
  const leadership* leads;
  raft_peer_actor raft_peer;
  state_machine_actor state_machine;
  std::uint64_t jitter_seed = 0;
};

template <class Request>
class typed_pending_query : public pending_query {
 public:
  using reply = typename query<Request>::reply;

  typed_pending_query(Request request, messages::filter::expression filter,
                      caf::typed_response_promise<reply> promise, read_decision decision,
                      time_point until)
      : pending_query(decision.consistency, until),
        request_(std::move(request)),
        filter_(std::move(filter)),
        promise_(std::move(promise)) {}

  std::uint64_t run(const storage::read_transaction& txn) override {
    answer_.Clear();
    return query<Request>::run(txn, request_, filter_, answer_);
  }
  watch_interest interest() const override { return query<Request>::interest(request_, answer_); }
  void forget_answer() override { answer_ = reply(); }
  void deliver(messages::QueryMeta meta) override {
    *answer_.mutable_meta() = std::move(meta);
    promise_.deliver(std::move(answer_));
  }
  void fail(const messages::failure& why) override { promise_.deliver(to_caf(why)); }
  const messages::ReadOptions& options() const override { return request_.options(); }

 private:
  Request request_;
  messages::filter::expression filter_;
  caf::typed_response_promise<reply> promise_;
  reply answer_;
};

// The part that every reader's actor inherits. Handle: kv_shard_actor or catalog_actor.
template <class Handle>
class reader_actor : public io_actor<Handle>, private query_loop::duties {
 public:
  reader_actor(caf::actor_config& config, io_thread& home, reader_needs needs)
      : io_actor<Handle>(config, home),
        needs_(std::move(needs)),
        loop_(*this, home, {needs_.state, needs_.leads, needs_.jitter_seed}) {}

  void on_exit() override {
    loop_.close();
    needs_.raft_peer = nullptr;
    needs_.state_machine = nullptr;
  }

 protected:
  void start() { this->send(needs_.state_machine, m::SubscribeToChanges()); }
  query_loop& loop() { return loop_; }

  template <class Request>
  caf::result<typename query<Request>::reply> answer(const Request& request);

 private:
  time_point now() const override { return this->system().clock().now(); }
  void ask_read_index(bool always_confirm) override;
  void continue_later() override {
    this->home().post([self = caf::strong_actor_ptr(this->ctrl()), this] { loop_.run_ready(); });
  }

  reader_needs needs_;
  query_loop loop_;
};

template <class Handle>
template <class Request>
caf::result<typename query<Request>::reply> reader_actor<Handle>::answer(const Request& request) {
  const auto& options = request.options();
  messages::filter::expression filter;
  if (const auto* root = query<Request>::filter_root(); root != nullptr) {
    auto compiled = messages::filter::expression::compile(options.filter(), *root);
    if (!compiled)
      return to_caf(compiled.error());
    filter = std::move(*compiled);
  }
  const auto txn = loop_.begin_read();
  if (!txn)
    return to_caf(txn.error());
  const auto decision = loop_.decision_for(options);
  typename query<Request>::reply reply;
  bool answered = false;
  if (decision.route == read_route::serve) {
    const auto found_at = query<Request>::run(**txn, request, filter, reply);
    answered = options.min_index() == 0 || found_at > options.min_index();
    *reply.mutable_meta() = loop_.meta(found_at, decision.consistency);
  }
  const auto failed = (*txn)->failed();
  loop_.end_read();
  if (failed)
    return to_caf(*failed);
  if (answered)
    return reply;

  auto promise = this->template make_response_promise<typename query<Request>::reply>();
  auto waiting = std::make_unique<typed_pending_query<Request>>(
      request, std::move(filter), promise, decision, loop_.deadline_for(options));
  if (decision.route == read_route::serve)
    loop_.wait_for_change(std::move(waiting), query<Request>::interest(request, reply));
  else
    loop_.wait_at_gate(std::move(waiting), decision.route);
  return promise;
}

template <class Handle>
void reader_actor<Handle>::ask_read_index(bool always_confirm) {
  m::ReadIndexQuery round;
  round.set_always_confirm(always_confirm);
  // The raft_peer answers within the hold; a limit here would cost the clock an entry a round.
  this->request(needs_.raft_peer, caf::infinite, std::move(round))
      .then([this](const m::ReadIndexReply& reply) { loop_.read_index_answered({reply.index()}); },
            [this](const caf::error& why) { loop_.read_index_refused(from_caf(why)); });
}

}  // namespace troupe::actors::reads
