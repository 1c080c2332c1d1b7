#include "actors/raft/log_writer_actor.hpp"

#include <optional>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/runtime/fatal.hpp"

namespace troupe::actors::raft {

log_writer_actor::behavior_type log_writer(log_writer_state::pointer self,
                                           std::shared_ptr<storage::raft_log> log,
                                           std::uint64_t trailing_entries) {
  return self->state.start(std::move(log), trailing_entries);
}

log_writer_actor::behavior_type log_writer_state::start(std::shared_ptr<storage::raft_log> log,
                                                        std::uint64_t trailing_entries) {
  log_ = std::move(log);
  trailing_entries_ = trailing_entries;
  return {
      // From the raft_peer.
      [this](m::AppendToLog& write) { return on_append(write); },
      // From the state_machine.
      [this](const m::CompactLog& request) { on_compact(request); },
      [this](const m::ResetLog& request) { return on_reset(request); },
  };
}

m::LogPersisted log_writer_state::on_append(m::AppendToLog& write) {
  entries_.clear();
  for (auto& entry : *write.mutable_entries())
    entries_.push_back(std::move(entry));
  std::optional<m::HardState> hard_state;
  if (write.has_hard_state())
    hard_state = std::move(*write.mutable_hard_state());
  if (!entries_.empty() || hard_state) {
    if (auto done = log_->append(entries_, hard_state); !done)
      fatal("the Raft log cannot be written: " + done.error().detail);
  }
  m::LogPersisted report;
  const auto last = log_->view().last_index();
  report.set_index(last.value);
  report.set_term(log_->view().term_at(last).value_or(messages::term{}).value);
  return report;
}

void log_writer_state::on_compact(const m::CompactLog& request) {
  if (auto done = log_->compact({request.index()}, trailing_entries_); !done)
    fatal("the Raft log cannot be cut: " + done.error().detail);
}

m::LogReset log_writer_state::on_reset(const m::ResetLog& request) {
  if (auto done = log_->reset_to({{request.index()}, {request.term()}}); !done)
    fatal("the Raft log cannot be replaced by a snapshot: " + done.error().detail);
  return {};
}

}  // namespace troupe::actors::raft
