#include "actors/raft/state_machine_actor.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/errors.hpp"
#include "actors/runtime/fatal.hpp"

namespace troupe::actors::raft {

namespace {

m::ChangeSet to_message(const storage::change_set& changes, std::uint64_t index) {
  m::ChangeSet message;
  message.set_index(index);
  message.set_everything(changes.everything);
  for (const auto& topic : changes.topics)
    message.add_topics(topic);
  for (const auto& subtree : changes.subtrees)
    message.add_subtrees(subtree);
  for (const auto& each : changes.lock_delays) {
    auto& delayed = *message.add_lock_delays();
    delayed.set_key(each.key);
    delayed.set_delay_ns(each.delay.count());
  }
  return message;
}

snapshot_taker_actor::behavior_type snapshot_taker(snapshot_taker_actor::pointer,
                                                   std::shared_ptr<storage::state_machine> machine,
                                                   log_writer_actor log_writer) {
  return {[machine = std::move(machine), log_writer = std::move(log_writer)](
              const m::TakeSnapshot&) -> caf::result<m::SnapshotTaken> {
    auto taken = machine->take_snapshot();
    if (!taken)
      return to_caf(taken.error());
    m::CompactLog cut;
    cut.set_index(taken->position.index.value);
    caf::anon_send(log_writer, std::move(cut));
    m::SnapshotTaken report;
    report.set_index(taken->position.index.value);
    report.set_term(taken->position.term.value);
    report.set_size_bytes(taken->bytes);
    return report;
  }};
}

}  // namespace

installing_state_machine_actor::behavior_type state_machine(state_machine_state::pointer self,
                                                            state_machine_needs needs) {
  return self->state.start(std::move(needs));
}

installing_state_machine_actor::behavior_type state_machine_state::start(
    state_machine_needs needs) {
  needs_ = std::move(needs);
  snapshot_taker_ =
      self_->spawn<caf::detached + caf::linked>(snapshot_taker, needs_.machine, needs_.log_writer);
  const auto snapshots = needs_.machine->snapshots().list();
  if (!snapshots.empty())
    snapshot_index_ = snapshots.front().position.index.value;
  snapshot_due_ = self_->clock().now();
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(subscribers_, [&](const caf::actor& one) { return one == down.source; });
  });
  return {
      // From the raft_peer.
      [this](m::ApplyEntries& request) { return on_apply(request); },
      // From whoever answers blocking queries.
      [this](const m::SubscribeToChanges&) { on_subscribe(); },
      // From the gateway, and from tests.
      [this](const m::TakeSnapshot& request) { return on_take_snapshot(request); },
      // From the raft_peer.
      [this](const m::InstallReceived& request) { return on_install(request); },
  };
}

m::Applied state_machine_state::on_apply(m::ApplyEntries& request) {
  entries_.clear();
  for (auto& entry : *request.mutable_entries())
    entries_.push_back(std::move(entry));
  auto batch = needs_.machine->apply(entries_);
  if (!batch)
    fatal("the state cannot follow the Raft log: " + batch.error().detail);
  m::Applied applied;
  applied.set_index(needs_.machine->applied().index.value);
  for (auto& one : batch->results)
    *applied.add_results() = std::move(one);
  publish(batch->changes);
  snapshot_if_due();
  return applied;
}

void state_machine_state::on_subscribe() {
  const auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
  if (!sender || std::find(subscribers_.begin(), subscribers_.end(), sender) != subscribers_.end())
    return;
  self_->monitor(sender);
  subscribers_.push_back(sender);
}

caf::result<m::SnapshotTaken> state_machine_state::on_take_snapshot(
    const m::TakeSnapshot& request) {
  return self_->delegate(snapshot_taker_, request);
}

// A crash between two of the steps leaves the server before or after the whole: see
// storage/state_machine.hpp.
caf::result<m::SnapshotInstalled> state_machine_state::on_install(
    const m::InstallReceived& request) {
  const auto& snapshots = needs_.machine->snapshots();
  const auto adopted = snapshots.adopt(snapshots.receiving_path());
  if (!adopted)
    return to_caf(adopted.error());
  const storage::log_position expected{{request.index()}, {request.term()}};
  if (adopted->position != expected)
    return to_caf({messages::errc::corrupt, "the snapshot is not the one that was announced"});
  m::ResetLog reset;
  reset.set_index(request.index());
  reset.set_term(request.term());
  auto promise = self_->make_response_promise<m::SnapshotInstalled>();
  self_->request(needs_.log_writer, caf::infinite, std::move(reset))
      .then([this, promise,
             adopted = *adopted](const m::LogReset&) mutable { promise.deliver(restore(adopted)); },
            [](const caf::error&) { fatal("the log writer has gone"); });
  return promise;
}

m::SnapshotInstalled state_machine_state::restore(const storage::snapshot_file& adopted) {
  const auto changes = needs_.machine->restore(adopted);
  if (!changes)
    fatal("the state cannot be replaced by a snapshot: " + changes.error().detail);
  snapshot_index_ = adopted.position.index.value;
  publish(*changes);
  m::SnapshotInstalled installed;
  installed.set_index(adopted.position.index.value);
  installed.set_term(adopted.position.term.value);
  *installed.mutable_configuration() = needs_.machine->configuration();
  installed.set_configuration_index(needs_.machine->configuration_index().value);
  return installed;
}

// One message for all subscribers, made once.
void state_machine_state::publish(const storage::change_set& changes) {
  if (changes.empty() || subscribers_.empty())
    return;
  const auto message =
      caf::make_message(to_message(changes, needs_.machine->applied().index.value));
  for (const auto& subscriber : subscribers_)
    caf::anon_send(subscriber, message);
}

void state_machine_state::snapshot_if_due() {
  const auto applied = needs_.machine->applied().index.value;
  const auto now = self_->clock().now();
  if (snapshot_under_way_ || now < snapshot_due_ ||
      applied < snapshot_index_ + needs_.snapshot_threshold_entries)
    return;
  snapshot_under_way_ = true;
  snapshot_index_ = applied;
  snapshot_due_ = now + needs_.snapshot_interval_min;
  self_->request(snapshot_taker_, caf::infinite, m::TakeSnapshot{})
      .then([this](const m::SnapshotTaken&) { snapshot_under_way_ = false; },
            // A full disk, say: the log keeps all that a snapshot would have let it forget, so the
            // next interval's attempt is soon enough.
            [this](const caf::error&) { snapshot_under_way_ = false; });
}

}  // namespace troupe::actors::raft
