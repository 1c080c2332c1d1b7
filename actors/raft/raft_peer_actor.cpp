#include "actors/raft/raft_peer_actor.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/errors.hpp"
#include "actors/runtime/fatal.hpp"

namespace troupe::actors::raft {

using messages::errc;
using messages::failure;

namespace {

failure no_leader() {
  return {errc::no_leader, "No cluster leader"};
}

failure overloaded() {
  return {errc::unavailable, "too many requests wait for the Raft log"};
}

failure leadership_lost() {
  return {errc::failed, "leadership lost while committing log"};
}

template <class Promise>
void refuse(Promise& promise, const failure& why) {
  promise.deliver(to_caf(why));
}

const char* to_text(role_name role) {
  switch (role) {
    case role_name::leader:
      return "Leader";
    case role_name::candidate:
      return "Candidate";
    case role_name::follower:
      break;
  }
  return "Follower";
}

}  // namespace

raft_servers_actor::behavior_type raft_peer(raft_peer_state::pointer self,
                                            const std::shared_ptr<raft_peer_needs>& needs) {
  return self->state.start(std::move(*needs));
}

raft_servers_actor::behavior_type raft_peer_state::start(raft_peer_needs&& needs) {
  needs_.emplace(std::move(needs));
  random_.emplace(needs_->random_seed);
  applied_ = committed_ = needs_->options.applied_index;
  core_.emplace(needs_->options, needs_->log.hard_state(), needs_->log, *random_, now());
  needs_->shared->applied(applied_.value);
  metrics_.emplace(*needs_->metrics);
  self_->link_to(needs_->log_writer);
  self_->link_to(needs_->state_machine);
  self_->link_to(needs_->snapshot_mover);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(subscribers_, [&](const caf::actor& one) { return one == down.source; });
  });
  on_tick();
  return {
      // From the other servers.
      [this](const m::RaftMessage& message) { on_raft_message(message); },
      // From this node's actors.
      [this](const m::Propose& request) { return on_propose(request); },
      [this](const m::ReadIndexQuery& query) { return on_read_index(query); },
      [this](const m::RaftStatusQuery&) { return on_status_query(); },
      [this](const m::SubscribeToLeadership&) { on_subscribe(); },
      // From itself.
      [this](const m::RaftTick&) { on_tick(); },
      // From whoever looks after the servers.
      [this](const m::PromiseBootstrap& request) { return on_promise(request); },
      [this](const m::BootstrapRaft& request) { return on_bootstrap(request); },
      [this](const m::AddRaftServer& request) { return on_add_server(request); },
      [this](const m::RemoveRaftServer& request) { return on_remove_server(request); },
      [this](const m::TransferRaftLeadership& request) { return on_transfer(request); },
  };
}

// -- from the other servers -------------------------------------------------------

void raft_peer_state::on_raft_message(const m::RaftMessage& message) {
  core_->receive(message, now());
  flush_soon();
}

// -- from this node's actors --------------------------------------------------------

caf::result<m::CommandResult> raft_peer_state::on_propose(const m::Propose& request) {
  if (proposals_.size() + held_proposals_.size() >= messages::limits::raft_proposals_in_flight_max)
    return to_caf(overloaded());
  auto promise = self_->make_response_promise<m::CommandResult>();
  propose({request.command().SerializeAsString(), promise, now() + needs_->hold_timeout,
           metrics_->time_of(request.command().kind_case()), now()});
  flush_soon();
  return promise;
}

caf::result<m::ReadIndexReply> raft_peer_state::on_read_index(const m::ReadIndexQuery& query) {
  if (reads_.size() + held_reads_.size() + ready_reads_.size() >=
      messages::limits::raft_reads_waiting_max)
    return to_caf(overloaded());
  auto promise = self_->make_response_promise<m::ReadIndexReply>();
  ask_read({query.always_confirm(), promise, now() + needs_->hold_timeout, query.forwarded()});
  flush_soon();
  return promise;
}

m::RaftStatus raft_peer_state::on_status_query() const {
  const auto known = core_->status();
  m::RaftStatus status;
  *status.mutable_configuration() = core_->configuration();
  if (known.leader) {
    status.set_leader_id(known.leader->value);
    for (const auto& server : core_->configuration().servers()) {
      if (server.id() == known.leader->value)
        status.set_leader_address(server.address());
    }
  }
  status.set_is_leader(known.role == role_name::leader);
  status.set_role(to_text(known.role));
  status.set_term(known.term.value);
  status.set_commit_index(known.commit_index.value);
  status.set_applied_index(applied_.value);
  status.set_last_log_index(known.last.index.value);
  status.set_last_log_term(known.last.term.value);
  status.set_last_contact_ms(
      static_cast<std::uint64_t>(needs_->shared->last_contact(now()).count()));
  status.set_configuration_index(core_->configuration_index().value);
  status.set_snapshot_index(core_->log().snapshot().index.value);
  status.set_snapshot_term(core_->log().snapshot().term.value);
  return status;
}

void raft_peer_state::on_subscribe() {
  const auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
  if (!sender || std::find(subscribers_.begin(), subscribers_.end(), sender) != subscribers_.end())
    return;
  self_->monitor(sender);
  subscribers_.push_back(sender);
  m::LeadershipChanged news;
  news.set_is_leader(published_.role == role_name::leader);
  news.set_term(published_.term.value);
  if (published_.leader)
    news.set_leader_id(published_.leader->value);
  caf::anon_send(sender, news);
}

// -- from itself --------------------------------------------------------------------

void raft_peer_state::on_tick() {
  flush_queued_ = false;
  const auto at = now();
  if (at >= timer_due_)
    timer_due_ = time_point::max();
  core_->tick(at);
  expire_held();
  carry_out();
}

// What already waits in the mailbox is taken before the outputs: so they come in batches.
void raft_peer_state::flush_soon() {
  if (std::exchange(flush_queued_, true))
    return;
  self_->send(self_, m::RaftTick{});
}

// -- proposals and reads ----------------------------------------------------------------

void raft_peer_state::propose(held_proposal wanted) {
  const auto status = core_->status();
  if (core_->is_handing_over() && wanted.deadline > now()) {
    held_proposals_.push_back(std::move(wanted));
    return;
  }
  if (status.role != role_name::leader) {
    if (status.leader)
      refuse(wanted.promise, {errc::not_leader, status.leader->value});
    else
      held_proposals_.push_back(std::move(wanted));
    return;
  }
  auto index = core_->propose(std::move(wanted.command));
  if (!index)
    return refuse(wanted.promise, index.error());
  metrics_->applies.add();
  proposals_.push_back(
      {{*index, status.term}, std::move(wanted.promise), wanted.measure, wanted.since, now()});
}

void raft_peer_state::ask_read(read wanted) {
  const auto status = core_->status();
  if (status.role != role_name::leader) {
    if (wanted.forwarded)
      refuse(wanted.promise, {errc::not_leader, status.leader ? status.leader->value : ""});
    else if (status.leader && now() >= wanted.not_before)
      ask_leader(status.leader->value, std::move(wanted));
    else
      held_reads_.push_back(std::move(wanted));
    return;
  }
  const read_ticket ticket{++last_ticket_};
  if (auto asked = core_->read_index(ticket, wanted.always_confirm, now()); !asked)
    refuse(wanted.promise, asked.error());
  else
    reads_.emplace(ticket.value, std::move(wanted));
}

// A read may be asked again as often as its time allows.
void raft_peer_state::ask_leader(const std::string& leader, read wanted) {
  constexpr auto pause = std::chrono::milliseconds(25);
  const auto again = [this, pause](read refused) {
    refused.not_before = now() + pause;
    held_reads_.push_back(std::move(refused));
    arm_timer();
  };
  const auto peer = needs_->find_server ? needs_->find_server(leader) : std::nullopt;
  if (!peer)
    return again(std::move(wanted));
  m::ReadIndexQuery query;
  query.set_always_confirm(wanted.always_confirm);
  query.set_forwarded(true);
  auto asked = std::make_shared<read>(std::move(wanted));
  // A leader that falls silent is the link's to notice.
  self_->request(*peer, caf::infinite, std::move(query))
      .then([asked](const m::ReadIndexReply& reply) { asked->promise.deliver(reply); },
            [again, asked](const caf::error&) { again(std::move(*asked)); });
}

// A leader was won or heard of: what waited for one goes on, or is told whom to ask.
void raft_peer_state::serve_held() {
  if (!core_->status().leader || core_->is_handing_over() ||
      (held_proposals_.empty() && held_reads_.empty()))
    return;
  bool asked = !held_proposals_.empty();
  for (auto& wanted : std::exchange(held_proposals_, {}))
    propose(std::move(wanted));
  for (auto& wanted : std::exchange(held_reads_, {})) {
    asked = asked || now() >= wanted.not_before;
    ask_read(std::move(wanted));
  }
  if (asked)
    flush_soon();
}

void raft_peer_state::expire_held() {
  const auto at = now();
  for (; !held_proposals_.empty() && held_proposals_.front().deadline <= at;
       held_proposals_.pop_front())
    refuse(held_proposals_.front().promise, no_leader());
  std::erase_if(held_reads_, [&](read& wanted) {
    if (wanted.deadline > at)
      return false;
    refuse(wanted.promise, no_leader());
    return true;
  });
}

// Another leader may still commit them: nobody knows what becomes of them.
void raft_peer_state::fail_proposals() {
  for (auto& lost : std::exchange(proposals_, {}))
    refuse(lost.promise, leadership_lost());
}

// -- carrying out -------------------------------------------------------------------------

// The order of the steps is raft_output's contract: see raft_core.hpp.
void raft_peer_state::carry_out() {
  auto output = core_->take_output(now());
  publish_lease();  // what is sent may end it
  for (auto& message : output.messages_now)
    needs_->send_to_server(std::move(message));
  if (output.newly_committed) {
    measure_commits(std::exchange(committed_, *output.newly_committed), *output.newly_committed);
    apply_next();
  }
  for (auto& wanted : output.wanted_pieces)
    read_piece(std::move(wanted));
  if (output.piece)
    store_piece(std::move(*output.piece));
  answer_reads(output);
  publish();
  if (output.must_persist())
    write(std::move(output));
  install_when_quiet();
  serve_held();
  arm_timer();
}

void raft_peer_state::write(raft_output&& output) {
  if (writing_) {
    if (next_write_)
      next_write_->join_write(std::move(output));
    else
      next_write_ = std::move(output);
    return;
  }
  writing_ = true;
  m::AppendToLog write;
  if (output.hard_state)
    *write.mutable_hard_state() = std::move(*output.hard_state);
  write.mutable_entries()->Reserve(static_cast<int>(output.appended.size()));
  for (auto& entry : output.appended)
    *write.add_entries() = std::move(entry);
  const int entries = write.entries_size();
  self_->request(needs_->log_writer, caf::infinite, std::move(write))
      .then(
          [this, number = output.number, messages = std::move(output.messages_once_durable),
           entries, since = now()](const m::LogPersisted&) {
            measure_write(entries, now() - since);
            on_written(number, messages);
          },
          // It has ended, and this actor, being linked to it, is about to.
          [](const caf::error&) { fatal("the log writer has gone"); });
}

void raft_peer_state::on_written(write_number number, const std::vector<m::RaftMessage>& messages) {
  writing_ = false;
  for (auto message : messages)
    needs_->send_to_server(std::move(message));
  core_->on_persisted(number, now());
  if (next_write_)
    write(std::move(*std::exchange(next_write_, std::nullopt)));
  carry_out();
}

void raft_peer_state::apply_next() {
  if (applying_ || applied_ >= committed_ || core_->is_installing())
    return;
  applying_ = true;
  const auto count = std::min<std::size_t>(messages::limits::apply_batch_entries_max,
                                           committed_.value - applied_.value);
  auto entries = core_->log().entries({applied_.value + 1}, count,
                                      messages::limits::raft_bytes_per_message_max);
  if (entries.empty())
    fatal("the Raft log has lost an entry that is not applied yet");
  m::ApplyEntries batch;
  std::vector<log_position> positions;
  batch.mutable_entries()->Reserve(static_cast<int>(entries.size()));
  for (auto& entry : entries) {
    positions.push_back({{entry.index()}, {entry.term()}});
    *batch.add_entries() = std::move(entry);
  }
  metrics_->apply_batch_entries.add(static_cast<double>(positions.size()));
  self_->request(needs_->state_machine, caf::infinite, std::move(batch))
      .then(
          [this, positions = std::move(positions), since = now()](const m::Applied& applied) {
            metrics_->apply_batch_time.add(now() - since);
            on_applied(applied, positions);
          },
          [](const caf::error&) { fatal("the state machine has gone"); });
}

void raft_peer_state::on_applied(const m::Applied& applied,
                                 const std::vector<log_position>& batch) {
  applying_ = false;
  applied_ = {applied.index()};
  needs_->shared->applied(applied_.value);
  metrics_->applied_index.set(static_cast<double>(applied_.value));
  metrics_->last_index.set(static_cast<double>(core_->status().last.index.value));
  apply_next();  // before the answers: the state machine need not wait for them
  for (std::size_t at = 0; at < batch.size(); ++at) {
    if (proposals_.empty() || proposals_.front().position.index != batch[at].index)
      continue;
    auto answered = std::move(proposals_.front());
    proposals_.pop_front();
    if (answered.measure != nullptr)
      answered.measure->add(now() - answered.since);
    if (answered.position == batch[at])
      answered.promise.deliver(applied.results(static_cast<int>(at)));
    else  // another leader's entry took its place
      refuse(answered.promise, leadership_lost());
  }
  answer_applied_reads();
  publish();
  install_when_quiet();
}

// -- answers and news ------------------------------------------------------------------------

void raft_peer_state::answer_reads(raft_output& output) {
  for (const auto& ready : output.reads_ready) {
    auto found = reads_.extract(ready.ticket.value);
    if (!found.empty())
      ready_reads_.emplace(ready.index, std::move(found.mapped().promise));
  }
  for (const auto& ticket : output.reads_failed) {  // a read may be asked again, unlike a proposal
    auto found = reads_.extract(ticket.value);
    if (!found.empty())
      held_reads_.push_back(std::move(found.mapped()));
  }
  answer_applied_reads();
}

void raft_peer_state::answer_applied_reads() {
  while (!ready_reads_.empty() && ready_reads_.begin()->first <= applied_) {
    m::ReadIndexReply reply;
    reply.set_index(ready_reads_.begin()->first.value);
    ready_reads_.begin()->second.deliver(reply);
    ready_reads_.erase(ready_reads_.begin());
  }
}

void raft_peer_state::publish_lease() {
  const bool leads = core_->status().role == role_name::leader;
  const bool state_is_whole = leads && applied_ >= core_->own_term_index();
  if (core_->configuration().servers_size() > 1)  // else nobody is told
    needs_->shared->announces(core_->status().commit_index.value);
  needs_->shared->grant_lease(state_is_whole ? core_->lease_until() : time_point::min());
}

void raft_peer_state::publish() {
  const auto status = core_->status();
  const bool leads = status.role == role_name::leader;
  publish_lease();
  settle_changes();
  settle_transfers();
  if (!leads)
    needs_->shared->heard_of_leader(core_->last_leader_contact());
  const bool was_leader = published_.role == role_name::leader;
  if (status.term == published_.term && leads == was_leader && status.leader == published_.leader)
    return;
  needs_->shared->leads(leads);
  needs_->shared->leader_is(status.leader ? status.leader->value : std::string());
  if (was_leader && (!leads || status.term != published_.term))
    fail_proposals();
  measure_role(status);
  published_ = status;
  tell_subscribers(status);
}

void raft_peer_state::measure_commits(messages::log_index from, messages::log_index upto) {
  const auto at = now();
  auto each = std::upper_bound(proposals_.begin(), proposals_.end(), from,
                               [](messages::log_index index, const logged_proposal& one) {
                                 return index < one.position.index;
                               });
  for (; each != proposals_.end() && each->position.index <= upto; ++each)
    metrics_->commit_time.add(at - each->appended);
}

void raft_peer_state::measure_write(int entries, nanoseconds time) {
  if (entries == 0)
    return;
  if (published_.role == role_name::leader) {
    metrics_->log_write_time.add(time);
    metrics_->log_write_entries.add(entries);
  } else {
    metrics_->follower_write_time.add(time);
  }
}

// `published_` is still the one before.
void raft_peer_state::measure_role(const raft_status& status) {
  metrics_->is_leader.set(status.role == role_name::leader ? 1 : 0);
  if (status.role == published_.role)
    return;
  if (status.role == role_name::leader)
    metrics_->became_leader.add();
  else
    (status.role == role_name::candidate ? metrics_->became_candidate : metrics_->became_follower)
        .add();
}

void raft_peer_state::tell_subscribers(const raft_status& status) {
  m::LeadershipChanged news;
  news.set_is_leader(status.role == role_name::leader);
  news.set_term(status.term.value);
  if (status.leader)
    news.set_leader_id(status.leader->value);
  for (const auto& subscriber : subscribers_)
    caf::anon_send(subscriber, news);
}

// -- time --------------------------------------------------------------------------------------

time_point raft_peer_state::now() const {
  return self_->clock().now();
}

// A timer that was set cannot be taken back: one that is early enough is left to ring.
void raft_peer_state::arm_timer() {
  auto due = core_->next_deadline();
  if (!held_proposals_.empty())
    due = std::min(due, held_proposals_.front().deadline);
  for (const auto& wanted : held_reads_)
    due = std::min(due, wanted.not_before > now() ? wanted.not_before : wanted.deadline);
  for (const auto& wanted : changes_)
    due = std::min(due, wanted.deadline);
  if (due >= timer_due_ || due == time_point::max())
    return;
  timer_due_ = due;
  self_->delayed_send(self_, std::max(due - now(), nanoseconds{0}), m::RaftTick{});
}

}  // namespace troupe::actors::raft
