#include "actors/reads/query_loop.hpp"

#include <algorithm>
#include <utility>

#include "messages/ensure.hpp"

namespace troupe::actors::reads {

using messages::ensure;
using messages::errc;
using messages::failure;
using messages::log_index;
using messages::result;
namespace limits = messages::limits;

namespace {

// A key that everybody waits for must not keep the thread's connections waiting in turn: about
// 0.3 ms of work.
constexpr std::size_t queries_a_turn = 256;

const failure no_leader{errc::no_leader, "No cluster leader"};

}  // namespace

query_loop::query_loop(duties& host, io_thread& home, const loop_options& given)
    : host_(host),
      state_(*given.state),
      leads_(*given.leads),
      jitter_(static_cast<jitter_source::result_type>(given.jitter_seed)),
      timer_(home, [this] { on_timer(); }),
      watches_(limits::waiting_queries_max),
      gate_(limits::waiting_queries_max, limits::rpc_hold_timeout) {}

// -- for a handler -------------------------------------------------------------

result<const storage::read_transaction*> query_loop::begin_read() {
  leadership_begun_under_ = leads_.times_won();
  shows_all_ = leads_.shows_all();
  if (txn_) {
    if (auto renewed = txn_->renew(); !renewed)
      return renewed.error();
  } else {
    auto opened = storage::read_transaction::open(state_);
    if (!opened)
      return opened.error();
    txn_.emplace(std::move(*opened));
  }
  return &*txn_;
}

read_decision query_loop::decision_for(const messages::ReadOptions& options) const {
  const auto now = host_.now();
  const bool lease_valid =
      shows_all_ && leads_.lease_is_valid(now) && leads_.times_won() == leadership_begun_under_;
  return decide(options, {.lease_valid = lease_valid,
                          .leader_known = leads_.leader_known(),
                          .last_contact = leads_.last_contact(now),
                          .applied_index = leads_.applied_index()});
}

time_point query_loop::deadline_for(const messages::ReadOptions& options) {
  return host_.now() + query_wait(options.wait_ms(), jitter_);
}

messages::QueryMeta query_loop::meta(std::uint64_t found_at,
                                     messages::Consistency in_effect) const {
  messages::QueryMeta meta;
  meta.set_index(std::max<std::uint64_t>(found_at, 1));
  meta.set_known_leader(leads_.leader_known());
  // What passed the gate is as fresh as the leader, whoever answers.
  if (in_effect == messages::STALE)
    meta.set_last_contact_ms(static_cast<std::uint64_t>(
        std::max<std::int64_t>(leads_.last_contact(host_.now()).count(), 0)));
  meta.set_consistency(in_effect);
  return meta;
}

void query_loop::wait_at_gate(std::unique_ptr<pending_query> waiting, read_route route) {
  const read_id id{++last_read_};
  if (auto let = gate_.wait(id, route == read_route::always_confirm); !let)
    return waiting->fail(let.error());
  if (const auto ticket = waiting->options().ticket(); ticket != 0)
    tickets_at_gate_[ticket] = id;
  at_gate_.emplace(id.value, std::move(waiting));
  start_round();
}

// A batch that was committed after the query ran is announced after this turn of the thread, so
// none is missed.
void query_loop::wait_for_change(std::unique_ptr<pending_query> waiting,
                                 const watch_interest& interest) {
  const auto id = watches_.add(interest, waiting->deadline, {waiting->options().ticket()});
  if (!id)
    return waiting->fail(id.error());
  waiting->forget_answer();
  waiting_.emplace(id->value, std::move(waiting));
  arm_timer();
}

// -- inputs ------------------------------------------------------------------------

void query_loop::changed(const messages::ChangeSet& change) {
  release(gate_.released_by({std::max(change.index(), leads_.applied_index())}));
  wake(watches_.touched_by(change));
  run_ready();
}

void query_loop::cancel(query_ticket ticket) {
  if (const auto id = watches_.find(ticket)) {
    watches_.remove(*id);
    waiting_.erase(id->value);
  }
  if (const auto named = tickets_at_gate_.find(ticket.value); named != tickets_at_gate_.end())
    take_from_gate(named->second);  // the gate's own entry finds nobody later
}

void query_loop::read_index_answered(log_index read_index) {
  gate_.answered(read_index, host_.now());
  release(gate_.released_by({leads_.applied_index()}));
  start_round();
  arm_timer();
  run_ready();
}

void query_loop::read_index_refused(const failure& why) {
  // A raft_peer that does not even answer is no leader to the client.
  refuse(gate_.refused(), why.code == errc::unavailable ? no_leader : why);
  start_round();
}

void query_loop::on_timer() {
  armed_for_.reset();
  const auto now = host_.now();
  refuse(gate_.expired(now), {errc::timed_out, "timed out waiting for the state to catch up"});
  wake(watches_.due(now));
  run_ready();
}

void query_loop::close() {
  timer_.stop();
  const failure why{errc::unavailable, "the server is shutting down"};
  refuse(gate_.all(), why);
  for (const auto& [id, one] : waiting_) {
    watches_.remove({id});
    one->fail(why);
  }
  waiting_.clear();
  ready_.clear();
  txn_.reset();
}

// -- the gate -----------------------------------------------------------------------

void query_loop::start_round() {
  if (const auto round = gate_.start_round())
    host_.ask_read_index(round->always_confirm);
}

void query_loop::release(const std::vector<read_id>& reads) {
  for (const auto id : reads)
    ready_.push_back({.at_gate = id, .watch = {}});
}

void query_loop::refuse(const std::vector<read_id>& reads, const failure& why) {
  for (const auto id : reads) {
    if (const auto one = take_from_gate(id))
      one->fail(why);
  }
}

std::unique_ptr<pending_query> query_loop::take_from_gate(read_id id) {
  auto found = at_gate_.extract(id.value);
  if (found.empty())
    return nullptr;  // cancelled
  const auto named = tickets_at_gate_.find(found.mapped()->options().ticket());
  if (named != tickets_at_gate_.end() && named->second == id)
    tickets_at_gate_.erase(named);
  return std::move(found.mapped());
}

// -- running --------------------------------------------------------------------------

void query_loop::wake(const std::vector<watch_id>& touched) {
  for (const auto id : touched) {
    const auto found = waiting_.find(id.value);
    ensure(found != waiting_.end());
    if (std::exchange(found->second->queued, true))
      continue;
    ready_.push_back({.at_gate = std::nullopt, .watch = id});
  }
}

void query_loop::run_ready() {
  continuing_ = false;
  if (!ready_.empty()) {
    const auto txn = begin_read();
    if (!txn)
      return fail_ready(txn.error());
    for (std::size_t ran = 0; ran < queries_a_turn && !ready_.empty(); ++ran) {
      const ready next = ready_.front();
      ready_.pop_front();
      run_one(next, **txn);
    }
    end_read();
  }
  if (ready_.empty()) {
    arm_timer();
  } else if (!std::exchange(continuing_, true)) {
    host_.continue_later();
  }
}

void query_loop::run_one(const ready& next, const storage::read_transaction& txn) {
  if (next.at_gate)
    run_released(*next.at_gate, txn);
  else
    run_woken(next.watch, txn);
}

void query_loop::run_released(read_id id, const storage::read_transaction& txn) {
  auto one = take_from_gate(id);
  if (!one || try_answer(*one, txn))
    return;
  const auto interest = one->interest();
  wait_for_change(std::move(one), interest);
}

void query_loop::run_woken(watch_id id, const storage::read_transaction& txn) {
  const auto found = waiting_.find(id.value);
  if (found == waiting_.end())
    return;  // cancelled
  ++woken_;
  found->second->queued = false;
  if (!try_answer(*found->second, txn)) {
    found->second->forget_answer();
    return;
  }
  watches_.remove(id);
  waiting_.erase(id.value);
}

bool query_loop::try_answer(pending_query& one, const storage::read_transaction& txn) {
  const auto found_at = one.run(txn);
  if (const auto& broken = txn.failed()) {
    one.fail(*broken);
    return true;
  }
  const auto min_index = one.options().min_index();
  const bool over = min_index == 0 || found_at > min_index || host_.now() >= one.deadline;
  if (over)
    one.deliver(meta(found_at, one.consistency));
  return over;
}

void query_loop::fail_ready(const failure& why) {
  for (const auto& next : std::exchange(ready_, {})) {
    if (next.at_gate) {
      refuse({*next.at_gate}, why);
    } else if (auto found = waiting_.extract(next.watch.value); !found.empty()) {
      watches_.remove(next.watch);
      found.mapped()->fail(why);
    }
  }
  arm_timer();
}

// Set anew only for something earlier: woken for nothing it looks again.
void query_loop::arm_timer() {
  auto next = watches_.next_deadline();
  if (const auto at_gate = gate_.next_deadline(); at_gate && (!next || *at_gate < *next))
    next = at_gate;
  if (!next || (armed_for_ && *armed_for_ <= *next))
    return;
  armed_for_ = next;
  timer_.set(*next);
}

}  // namespace troupe::actors::reads
