#include "actors/session/session_keeper_actor.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/runtime/errors.hpp"
#include "actors/session/session_core.hpp"
#include "actors/session/session_validation.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"
#include "storage/change_set.hpp"
#include "storage/read_session.hpp"

namespace troupe::actors::session {

namespace {

// Above limits::rpc_hold_timeout, after which a request without a leader is answered.
constexpr auto request_timeout = m::limits::rpc_hold_timeout + std::chrono::seconds{3};

// 0: it has none. A text that is in the state was once accepted.
nanoseconds ttl_of(const m::Session& session) {
  const auto ttl = session.ttl().empty() ? m::result<nanoseconds>(nanoseconds{0})
                                         : m::parse_go_duration(session.ttl());
  return ttl ? *ttl : nanoseconds{0};
}

class session_keeper_state {
 public:
  using pointer = session_keeper_actor::stateful_pointer<session_keeper_state>;
  static constexpr const char* name = "session_keeper";

  explicit session_keeper_state(pointer self) : self_(self) {}

  session_keeper_actor::behavior_type start(session_keeper_needs needs) {
    needs_ = std::move(needs);
    self_->send(needs_.state_machine, m::SubscribeToChanges{});
    self_->send(needs_.raft_peer, m::SubscribeToLeadership{});
    return {
        // From the router.
        [this](m::Propose& request) { return on_propose(request); },
        [this](const m::SessionRenew& request) { return on_renew(request.id()); },
        // From the raft_peer.
        [this](const m::LeadershipChanged& change) { on_leadership(change); },
        // From the state machine.
        [this](const m::ChangeSet& change) { on_change(change); },
        // From its own timer.
        [this](const m::SessionTick&) { on_tick(); },
    };
  }

 private:
  // -- on the way to the log -------------------------------------------------------

  caf::result<m::CommandResult> on_propose(m::Propose& request) {
    auto& command = *request.mutable_command();
    m::CommandResult refused;
    if (command.has_kv() && command.kv().verb() == m::KvWrite::LOCK &&
        core_.lock_is_delayed(command.kv().entry().key(), now()))
      return refused;
    if (command.has_txn()) {
      add_delayed_locks(command.txn(), *refused.mutable_txn());
      if (!refused.txn().errors().empty())
        return refused;
    }
    if (command.has_session_create()) {
      auto& session = *command.mutable_session_create()->mutable_session();
      if (const auto ttl = session_ttl(session.ttl(), needs_.ttl_min); !ttl)
        return to_caf(ttl.error());
      if (session.id().empty())
        session.set_id(needs_.new_id());
    }
    return self_->delegate(needs_.raft_peer, std::move(request));
  }

  void add_delayed_locks(const m::Txn& txn, m::TxnOutcome& refused) const {
    for (int i = 0; i < txn.ops_size(); ++i) {
      const auto& op = txn.ops(i);
      if (!op.has_kv() || op.kv().verb() != "lock" || !core_.lock_is_delayed(op.kv().key(), now()))
        continue;
      auto& error = *refused.add_errors();
      error.set_op_index(i);
      error.set_what("failed to lock key " + m::go_quote(op.kv().key()) + " due to lock delay");
    }
  }

  // -- renewals --------------------------------------------------------------------

  // The round makes sure that it is the leader whose count starts anew, and waits for there to be
  // one.
  caf::result<m::Sessions> on_renew(const std::string& id) {
    auto promise = self_->make_response_promise<m::Sessions>();
    self_->request(needs_.raft_peer, request_timeout, m::ReadIndexQuery{})
        .then(
            [this, id, promise](const m::ReadIndexReply&) mutable {
              if (core_.leads())
                promise.deliver(renewed(id));
              else
                promise.deliver(to_caf({m::errc::no_leader, "No cluster leader"}));
            },
            [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  m::Sessions renewed(const std::string& id) {
    m::Sessions found;
    const auto txn = open_state();
    if (!txn)
      return found;
    auto session = storage::find_session(*txn, id);
    if (!session)
      return found;
    const auto ttl = ttl_of(*session);
    // It may have begun in a batch that is not announced here yet.
    if (ttl > nanoseconds{0})
      core_.began({id, ttl}, now());
    if (ttl == nanoseconds{0} || core_.renew(id, now()))
      *found.add_sessions() = std::move(*session);
    schedule_tick();
    return found;
  }

  // -- what sessions there are -------------------------------------------------------

  void on_leadership(const m::LeadershipChanged& change) {
    if (change.is_leader() == core_.leads() && change.term() == term_)
      return;
    term_ = change.term();
    if (change.is_leader())
      core_.lead(all_lifetimes(), now());
    else
      core_.follow();
    schedule_tick();
  }

  void on_change(const m::ChangeSet& change) {
    for (const auto& lost : change.lock_delays())
      core_.delay_lock(lost.key(), nanoseconds(lost.delay_ns()), now());
    if (change.everything() && core_.leads())
      core_.replaced(all_lifetimes(), now());
    else if (core_.leads())
      look_at_touched(change);
    schedule_tick();
  }

  // Topics come sorted.
  void look_at_touched(const m::ChangeSet& change) {
    constexpr auto prefix = storage::topics::session_prefix;
    auto topic = std::lower_bound(change.topics().begin(), change.topics().end(), prefix);
    if (topic == change.topics().end() || !topic->starts_with(prefix))
      return;
    const auto txn = open_state();
    if (!txn)
      return;
    for (; topic != change.topics().end() && topic->starts_with(prefix); ++topic) {
      const auto id = topic->substr(prefix.size());
      const auto session = storage::find_session(*txn, id);
      const auto ttl = session ? ttl_of(*session) : nanoseconds{0};
      if (!session)
        core_.ended(id);
      else if (ttl > nanoseconds{0})
        core_.began({id, ttl}, now());
    }
  }

  std::vector<lifetime> all_lifetimes() const {
    std::vector<lifetime> all;
    const auto txn = open_state();
    if (!txn)
      return all;
    m::Sessions sessions;
    storage::read_sessions(*txn, sessions);
    for (const auto& session : sessions.sessions()) {
      if (const auto ttl = ttl_of(session); ttl > nanoseconds{0})
        all.push_back({session.id(), ttl});
    }
    return all;
  }

  std::optional<storage::read_transaction> open_state() const {
    auto txn = storage::read_transaction::open(*needs_.state);
    if (txn)
      return *std::move(txn);
    spdlog::error("sessions: {}", txn.error().detail);
    return std::nullopt;
  }

  // -- time ------------------------------------------------------------------------

  void on_tick() {
    if (tick_at_ <= now())
      tick_at_ = time_point::max();
    core_.forget_past_delays(now());
    for (const auto& id : core_.take_expired(now()))
      destroy(id);
    schedule_tick();
  }

  void destroy(const std::string& id) {
    m::Propose proposal;
    proposal.mutable_command()->mutable_session_destroy()->set_id(id);
    self_->request(needs_.raft_peer, request_timeout, std::move(proposal))
        .then(
            [this, id](const m::CommandResult&) {
              core_.ended(id);
              schedule_tick();
            },
            [this, id](const caf::error& why) {
              spdlog::warn("sessions: {} has expired and stays for now: {}", id,
                           from_caf(why).detail);
              core_.end_failed(id, now());
              schedule_tick();
            });
  }

  time_point now() const { return self_->clock().now(); }

  void schedule_tick() {
    const auto next = core_.next_deadline();
    if (!next || *next >= tick_at_)
      return;
    tick_at_ = *next;
    const auto current = now();
    self_->delayed_send(self_, *next > current ? *next - current : nanoseconds{0},
                        m::SessionTick{});
  }

  pointer self_;
  session_keeper_needs needs_;
  session_core core_;
  std::uint64_t term_ = 0;
  time_point tick_at_ = time_point::max();
};

}  // namespace

session_keeper_actor spawn_session_keeper(caf::actor_system& system, session_keeper_needs needs) {
  return system.spawn([needs = std::move(needs)](session_keeper_state::pointer self) mutable {
    return self->state.start(std::move(needs));
  });
}

}  // namespace troupe::actors::session
