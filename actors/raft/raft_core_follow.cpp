// A follower's side of log replication (3.5).
#include <algorithm>
#include <string>
#include <utility>

#include "actors/raft/raft_core.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::log_index;
using messages::LogEntry;
using messages::RaftMessage;
using messages::server_id;

namespace {

// Entries follow on prev_log_index and their terms do not fall.
bool is_well_formed(const messages::AppendEntries& request) {
  auto index = request.prev_log_index();
  auto term = request.prev_log_term();
  for (const auto& entry : request.entries()) {
    if (entry.index() != ++index || entry.term() < term || entry.term() > request.term())
      return false;
    term = entry.term();
  }
  return true;
}

}  // namespace

void raft_core::on_append_entries(const std::string& from, const messages::AppendEntries& request,
                                  time_point now) {
  if (request.term() < hard_state_.term())
    return refuse(from, request);  // its sender then learns of our term
  if (is_rival(request.term()) || !is_well_formed(request)) {
    ++ignored_.malformed;
    return;
  }
  heard_of_leader(from, request.term(), now);
  // Nothing may be added to a log that is being replaced; the answer shows that we follow.
  if (is_installing())
    return refuse(from, request);

  const log_position prev{{request.prev_log_index()}, {request.prev_log_term()}};
  if (prev.index > log_.snapshot().index && !log_.holds(prev))
    return refuse(from, request);
  accept_entries(request);
  const log_index match{prev.index.value + static_cast<std::uint64_t>(request.entries_size())};
  commit_to(std::min(log_index{request.leader_commit()}, match));

  RaftMessage message;
  auto& reply = *message.mutable_append_reply();
  reply.set_term(hard_state_.term());
  reply.set_success(true);
  reply.set_match_index(match.value);
  echo(request, reply);
  reply.set_prev_log_index(request.prev_log_index());
  // A term that is forgotten in a crash would let a past leader overwrite what is acknowledged
  // here.
  if (!hard_state_is_durable())
    return send_once_durable(from, std::move(message));
  // A slow disk must not look like a server that is gone: a heartbeat is answered at once, with as
  // much as is durable.
  if (request.entries_size() == 0)
    reply.set_match_index(std::min(match, log_.durable_index()).value);
  if (reply.match_index() <= log_.durable_index().value)
    send_now(from, std::move(message));
  else
    send_once_durable(from, std::move(message));
}

// Another leader of this server's own term: there is none, unless somebody breaks the rules.
bool raft_core::is_rival(std::uint64_t term) const {
  return term == hard_state_.term() && std::holds_alternative<leader>(role_);
}

void raft_core::heard_of_leader(const std::string& from, std::uint64_t term, time_point now) {
  if (term > hard_state_.term())
    adopt_term(term, now);
  become_follower(server_id{from}, now);
  last_leader_contact_ = now;
  withhold_votes_until_ = now + options_.election_timeout_min;
}

// Names the first entry of the term that conflicts, so that a leader skips that term in one step
// (end of 5.3 in the paper).
void raft_core::refuse(const std::string& to, const messages::AppendEntries& request) {
  RaftMessage message;
  auto& reply = *message.mutable_append_reply();
  reply.set_term(hard_state_.term());
  reply.set_success(false);
  echo(request, reply);
  reply.set_prev_log_index(request.prev_log_index());
  const log_index prev{request.prev_log_index()};
  if (const auto term = log_.term_at(prev); term && prev > commit_index_ && !is_installing()) {
    reply.set_conflict_term(term->value);
    reply.set_conflict_index(log_.run_start(prev, {commit_index_.value + 1}).value);
  } else {
    reply.set_conflict_index(std::min(prev, log_.last().index).value + 1);
  }
  send_now(to, std::move(message));
}

void raft_core::accept_entries(const messages::AppendEntries& request) {
  for (const auto& entry : request.entries()) {
    const log_position position{{entry.index()}, {entry.term()}};
    if (position.index <= log_.snapshot().index || log_.holds(position))
      continue;  // a message that was sent twice or overtaken must not cut off later entries
    if (position.index <= log_.last().index)
      truncate_from(position.index);
    log_.append(entry);
    append_replacing(output_.appended, entry);
    note_configuration(entry);
  }
}

void raft_core::truncate_from(log_index index) {
  ensure(index > commit_index_);
  log_.truncate_from(index);
  servers_.truncate_from(index);
}

// Of the whole log, at the start.
void raft_core::read_configurations() {
  constexpr std::size_t batch_entries = 256;
  constexpr std::size_t batch_bytes = 1 << 20;
  auto from = std::max(log_.first_index(), log_index{configuration_index().value + 1});
  for (auto batch = log_.entries(from, batch_entries, batch_bytes); !batch.empty();
       batch = log_.entries(from, batch_entries, batch_bytes)) {
    for (const auto& entry : batch)
      note_configuration(entry);
    from = {batch.back().index() + 1};
  }
  servers_.committed(commit_index_);
}

// The newest configuration in the log counts, committed or not (4.1).
void raft_core::note_configuration(const LogEntry& entry) {
  if (entry.kind() != LogEntry::CONFIGURATION)
    return;
  messages::RaftConfiguration servers;
  ensure(servers.ParseFromString(entry.data()));
  servers_.note({entry.index()}, std::move(servers));
}

}  // namespace troupe::actors::raft
