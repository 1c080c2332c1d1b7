// A leader's side: replication to its followers, commitment, reads (3.5, 3.6.2, 6.4).
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "actors/raft/quorum.hpp"
#include "actors/raft/raft_core.hpp"
#include "actors/raft/seeded_fault.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::errc;
using messages::failure;
using messages::log_index;
using messages::LogEntry;
using messages::RaftMessage;
using messages::result;

// -- proposals ------------------------------------------------------------------

result<log_index> raft_core::propose(std::string data, std::uint32_t format) {
  if (!std::holds_alternative<leader>(role_))
    return not_leader();
  if (is_handing_over())
    return failure{errc::unavailable, "the leadership is being handed over"};
  if (data.size() > messages::limits::log_entry_bytes_max)
    return failure{errc::too_large, "the command is larger than a log entry may be"};
  append_own(LogEntry::COMMAND, std::move(data), format);
  return log_.last().index;
}

void raft_core::append_own(LogEntry::Kind kind, std::string data, std::uint32_t format) {
  LogEntry entry;
  entry.set_index(log_.last().index.value + 1);
  entry.set_term(hard_state_.term());
  entry.set_kind(kind);
  entry.set_data(std::move(data));
  entry.set_format(format);
  note_configuration(entry);
  output_.appended.push_back(entry);
  log_.append(std::move(entry));
  if (kind == LogEntry::CONFIGURATION)
    sync_peers();
}

// -- replication ----------------------------------------------------------------

void raft_core::replicate(time_point now) {
  auto& lead = std::get<leader>(role_);
  const bool heartbeat = std::exchange(lead.heartbeat_wanted, false);
  if (heartbeat)
    lead.heartbeat_due = now + options_.heartbeat_interval;
  for (auto& [id, progress] : lead.peers) {
    const auto messages_before = output_.messages_now.size();
    if (progress.is_installing() && progress.match_index() >= log_.snapshot().index)
      progress.end_snapshot();
    // Cut off (5). Whatever is under way to it: nobody can repeat that.
    if (!progress.is_installing() && progress.next_index() <= log_.snapshot().index)
      progress.begin_snapshot(++lead.transfers);
    send_entries(id, progress, now);
    if (progress.is_installing())
      send_snapshot(id, progress, now);
    const bool is_idle = output_.messages_now.size() == messages_before;
    if (is_idle && (heartbeat || progress.must_hear_of(commit_index_)))
      send_heartbeat(id, progress, now);
  }
}

void raft_core::send_entries(const std::string& to, follower_progress& progress, time_point now) {
  while (progress.next_index() <= log_.last().index &&
         progress.may_send(options_.appends_in_flight_max)) {
    const log_index prev{progress.next_index().value - 1};
    auto entries = log_.entries(progress.next_index(), options_.entries_per_message_max,
                                options_.bytes_per_message_max);
    if (entries.empty() || !log_.term_at(prev))
      return;  // cut off in this moment
    RaftMessage message;
    auto& request = *message.mutable_append_entries();
    request = append_after(prev, now);
    const log_index last{entries.back().index()};
    for (auto& entry : entries)
      *request.add_entries() = std::move(entry);
    send_now(to, std::move(message));
    progress.sent(last);
    progress.told(commit_index_);
  }
}

// Checks the follower's log like any message of ours, so that what was lost is found out. To a
// follower that needs what was cut off it only says who leads.
void raft_core::send_heartbeat(const std::string& to, follower_progress& progress, time_point now) {
  log_index prev{progress.next_index().value - 1};
  if (!log_.term_at(prev))
    prev = log_.snapshot().index;
  RaftMessage message;
  *message.mutable_append_entries() = append_after(prev, now);
  send_now(to, std::move(message));
  progress.told(commit_index_);
}

messages::AppendEntries raft_core::append_after(log_index prev, time_point now) const {
  messages::AppendEntries request;
  request.set_term(hard_state_.term());
  request.set_prev_log_index(prev.value);
  request.set_prev_log_term(log_.term_at(prev).value_or(messages::term{}).value);
  request.set_leader_commit(commit_index_.value);
  request.set_sent_at_ns(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  request.set_read_round(std::get<leader>(role_).read_round);
  return request;
}

// Whose progress an answer in the current term tells; null: of no use, and counted.
follower_progress* raft_core::answering(const std::string& from, std::uint64_t term,
                                        time_point now) {
  if (term > hard_state_.term()) {
    adopt_term(term, now);
    return nullptr;
  }
  auto* lead = std::get_if<leader>(&role_);
  if (!lead || term < hard_state_.term()) {
    ++ignored_.stale;
    return nullptr;
  }
  const auto found = lead->peers.find(from);
  if (found == lead->peers.end()) {
    ++ignored_.unknown_sender;
    return nullptr;
  }
  return &found->second;
}

void raft_core::on_append_reply(const std::string& from, const messages::AppendReply& reply,
                                time_point now) {
  auto* progress = answering(from, reply.term(), now);
  if (!progress)
    return;
  const time_point sent_at{nanoseconds{reply.sent_at_ns()}};
  if (reply.match_index() > log_.last().index.value || sent_at > now) {
    ++ignored_.malformed;
    return;
  }
  const bool wrong = is_seeded(seeded_fault::counts_its_lease_from_answers);
  progress->echoed(wrong ? now : sent_at, reply.read_round());
  if (reply.success()) {
    progress->accepted({reply.match_index()});
    advance_commit();
    advance_catch_up(from, now);
  } else if (!progress->refused({reply.prev_log_index()}, next_to_try(reply))) {
    ++ignored_.stale;
  }
  release_reads();
}

// If we have entries of the term that conflicts, the logs may agree up to the last of them; if not,
// at no entry of it.
log_index raft_core::next_to_try(const messages::AppendReply& reply) const {
  if (reply.conflict_term() == 0)
    return {reply.conflict_index()};
  const messages::term conflict{reply.conflict_term()};
  const auto ours = log_.last_up_to(conflict, {reply.prev_log_index()});
  return log_.holds({ours, conflict}) ? log_index{ours.value + 1}
                                      : log_index{reply.conflict_index()};
}

// 3.6.2: only an entry of the own term is committed by counting; it takes those before it along.
void raft_core::advance_commit() {
  const auto& lead = std::get<leader>(role_);
  std::vector<log_index> matches;
  for (const auto& voter : servers_.voters()) {
    const auto peer = lead.peers.find(voter);
    if (voter == options_.self.value)
      matches.push_back(log_.durable_index());
    else
      matches.push_back(peer == lead.peers.end() ? log_index{} : peer->second.match_index());
  }
  const auto reached = reached_by_majority(std::move(matches));
  const bool is_own_term =
      reached >= lead.own_term_index || is_seeded(seeded_fault::commits_old_terms_by_counting);
  if (reached > commit_index_ && is_own_term)
    commit_to(reached);
}

// -- leases and reads -------------------------------------------------------------

// When a quorum was last known to follow: the send time that it echoed; else, or the election.
time_point raft_core::quorum_contact(bool echoes_only) const {
  const auto& lead = std::get<leader>(role_);
  std::vector<time_point> contacts;
  for (const auto& voter : servers_.voters()) {
    const auto peer = lead.peers.find(voter);
    if (peer == lead.peers.end())
      contacts.push_back(time_point::max());
    else
      contacts.push_back(
          std::max(peer->second.echoed_send_time(), echoes_only ? time_point::min() : lead.since));
  }
  return reached_by_majority(std::move(contacts));
}

std::uint64_t raft_core::quorum_round() const {
  const auto& lead = std::get<leader>(role_);
  std::vector<std::uint64_t> rounds;
  for (const auto& voter : servers_.voters()) {
    const auto peer = lead.peers.find(voter);
    rounds.push_back(peer == lead.peers.end() ? lead.read_round : peer->second.echoed_read_round());
  }
  return reached_by_majority(std::move(rounds));
}

log_index raft_core::own_term_index() const {
  const auto* lead = std::get_if<leader>(&role_);
  return lead ? lead->own_term_index : log_index{};
}

time_point raft_core::lease_until() const {
  const auto* lead = std::get_if<leader>(&role_);
  if (!lead || commit_index_ < lead->lease_from)
    return time_point::min();
  const bool is_passed_on = lead->handing_over && lead->handing_over->told;
  if (is_passed_on && !is_seeded(seeded_fault::keeps_its_lease_in_a_transfer))
    return time_point::min();
  // A voter that has just come has echoed nothing and holds no vote back.
  const auto contact = quorum_contact(true);
  const bool has_no_end = contact == time_point::max() || contact == time_point::min();
  return has_no_end ? contact : contact + options_.lease_duration();
}

result<void> raft_core::read_index(read_ticket ticket, bool always_confirm, time_point now) {
  auto* lead = std::get_if<leader>(&role_);
  if (!lead)
    return not_leader();
  if (lead->reads.size() >= options_.reads_waiting_max)
    return failure{errc::unavailable, "too many reads wait for the other servers"};
  const auto index = std::max(commit_index_, lead->own_term_index);
  const auto lease = lease_until();
  if (now < lease && (!always_confirm || lease == time_point::max())) {
    output_.reads_ready.push_back({ticket, index});
    return {};
  }
  // The round that is under way was sent before this read came: it proves nothing for it.
  lead->reads.push_back({ticket, index, lead->read_round + 1});
  release_reads();
  return {};
}

// Answers the reads whose round a quorum has echoed, and starts the next round for those that came
// since the last one was sent.
void raft_core::release_reads() {
  auto& lead = std::get<leader>(role_);
  if (lead.reads.empty())
    return;
  const auto confirmed = is_only_voter() ? lead.reads.back().round : quorum_round();
  auto read = lead.reads.begin();
  if (commit_index_ >= lead.own_term_index) {
    for (; read != lead.reads.end() && read->round <= confirmed; ++read)
      output_.reads_ready.push_back({read->ticket, read->index});
    lead.reads.erase(lead.reads.begin(), read);
  }
  if (!lead.reads.empty() && confirmed >= lead.read_round &&
      lead.reads.back().round > lead.read_round) {
    ++lead.read_round;
    lead.heartbeat_wanted = true;
  }
}

void raft_core::fail_reads() {
  for (const auto& read : std::get<leader>(role_).reads)
    output_.reads_failed.push_back(read.ticket);
}

}  // namespace troupe::actors::raft
