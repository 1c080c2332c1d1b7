#include "actors/raft/raft_core.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/raft/quorum.hpp"
#include "actors/raft/seeded_fault.hpp"
#include "messages/ensure.hpp"

namespace troupe::actors::raft {

using messages::ensure;
using messages::LogEntry;
using messages::RaftMessage;
using messages::server_id;

void append_replacing(std::vector<LogEntry>& entries, LogEntry entry) {
  while (!entries.empty() && entries.back().index() >= entry.index())
    entries.pop_back();
  entries.push_back(std::move(entry));
}

void raft_output::join_write(raft_output&& later) {
  if (later.hard_state)
    hard_state = std::move(later.hard_state);
  for (auto& entry : later.appended)
    append_replacing(appended, std::move(entry));
  std::move(later.messages_once_durable.begin(), later.messages_once_durable.end(),
            std::back_inserter(messages_once_durable));
  number = later.number;
}

raft_core::raft_core(raft_options options, messages::HardState stored, const storage::log_view& log,
                     prng& random, time_point now)
    : options_(std::move(options)),
      random_(random),
      log_(log, options_.cache),
      hard_state_(std::move(stored)),
      last_leader_contact_(now),
      withhold_votes_until_(now),
      servers_(options_.configuration_index, options_.configuration) {
  ensure(options_.validate().has_value());
  ensure(hard_state_.term() >= log_.last().term.value);
  ensure(options_.applied_index <= log_.last().index);
  commit_index_ = std::max(log_.snapshot().index, options_.applied_index);
  told_committed_ = commit_index_;
  read_configurations();
  if (hard_state_.term() > 0)
    withhold_votes_until_ = now + options_.election_timeout_min;
  role_ = follower{.leader = {}, .election_due = is_only_voter() ? now : draw_election_due(now)};
}

// -- inputs -------------------------------------------------------------------

void raft_core::receive(const RaftMessage& message, time_point now) {
  if (message.to() != options_.self.value || message.from() == options_.self.value) {
    ++ignored_.not_for_us;
    return;
  }
  switch (message.body_case()) {
    case RaftMessage::kRequestVote:
      return on_request_vote(message.from(), message.request_vote(), now);
    case RaftMessage::kVoteReply:
      return on_vote_reply(message.from(), message.vote_reply(), now);
    case RaftMessage::kAppendEntries:
      return on_append_entries(message.from(), message.append_entries(), now);
    case RaftMessage::kAppendReply:
      return on_append_reply(message.from(), message.append_reply(), now);
    case RaftMessage::kInstallSnapshot:
      return on_install_snapshot(message.from(), message.install_snapshot(), now);
    case RaftMessage::kInstallSnapshotReply:
      return on_install_snapshot_reply(message.from(), message.install_snapshot_reply(), now);
    case RaftMessage::kTimeoutNow:
      return on_timeout_now(message.from(), message.timeout_now(), now);
    case RaftMessage::BODY_NOT_SET:
      ++ignored_.malformed;
      return;
  }
}

void raft_core::tick(time_point now) {
  if (auto* lead = std::get_if<leader>(&role_)) {
    // 6.2: a leader that hears of no quorum cannot commit, and its clients should look elsewhere.
    const auto contact = quorum_contact(false);
    if (contact != time_point::max() && now >= contact + options_.election_timeout_max)
      return become_follower(std::nullopt, now);
    if (now >= lead->heartbeat_due)
      lead->heartbeat_wanted = true;
    if (lead->handing_over && now >= lead->handing_over->due)
      give_up_handover();
    return;
  }
  if (now < election_due())
    return;
  if (is_voter(options_.self.value) && !is_installing())
    ask_for_votes(!is_only_voter(), now);
  else  // a candidate whose vote was taken from it in the meantime does not stand on
    role_ = follower{.leader = {}, .election_due = draw_election_due(now)};
}

void raft_core::on_persisted(write_number number, time_point now) {
  ensure(number < next_write_);
  durable_write_ = std::max(durable_write_, number);
  const auto done = std::find_if(writes_.begin(), writes_.end(),
                                 [&](const auto& write) { return write.number > number; });
  for (auto write = writes_.begin(); write != done; ++write)
    log_.persisted(write->last);
  writes_.erase(writes_.begin(), done);
  if (std::holds_alternative<leader>(role_)) {
    advance_commit();
    release_reads();
  } else if (std::holds_alternative<candidate>(role_)) {
    count_votes(now);
  }
}

raft_output raft_core::take_output(time_point now) {
  if (std::holds_alternative<leader>(role_)) {
    advance_servers(now);
    advance_handover();
    replicate(now);
    step_down_if_removed(now);
  }
  const auto applicable = std::min(commit_index_, log_.durable_index());
  if (applicable > told_committed_) {
    told_committed_ = applicable;
    output_.newly_committed = applicable;
  }
  if (output_.must_persist()) {
    output_.number = next_write_;
    writes_.push_back({next_write_, log_.last()});
    ++next_write_.value;
  }
  return std::exchange(output_, {});
}

time_point raft_core::next_deadline() const {
  if (const auto* lead = std::get_if<leader>(&role_)) {
    if (lead->peers.empty())
      return time_point::max();
    auto due = lead->heartbeat_due;
    if (lead->handing_over)
      due = std::min(due, lead->handing_over->due);
    const auto contact = quorum_contact(false);
    return contact == time_point::max() ? due
                                        : std::min(due, contact + options_.election_timeout_max);
  }
  return election_due();
}

time_point raft_core::election_due() const {
  if (const auto* stands = std::get_if<candidate>(&role_))
    return stands->election_due;
  return std::get<follower>(role_).election_due;
}

raft_status raft_core::status() const {
  raft_status now;
  now.term = {hard_state_.term()};
  now.last = log_.last();
  now.commit_index = commit_index_;
  now.durable_index = log_.durable_index();
  if (std::holds_alternative<leader>(role_)) {
    now.role = role_name::leader;
    now.leader = options_.self;
  } else if (std::holds_alternative<candidate>(role_)) {
    now.role = role_name::candidate;
  } else {
    now.leader = std::get<follower>(role_).leader;
  }
  return now;
}

std::optional<server_id> raft_core::voted_for() const {
  if (hard_state_.voted_for().empty())
    return std::nullopt;
  return server_id{hard_state_.voted_for()};
}

// -- terms and votes ------------------------------------------------------------

void raft_core::on_request_vote(const std::string& from, const messages::RequestVote& request,
                                time_point now) {
  // The leader itself wants this one to lead (4.2.3), unless it has gone on since.
  const bool is_wanted = request.leadership_transfer() && is_up_to_date(request);
  if (must_withhold_vote(now) && !is_wanted) {
    ++ignored_.leader_alive;
    return;
  }
  if (!request.pre_vote() && request.term() > hard_state_.term())
    adopt_term(request.term(), now);
  const bool is_free = hard_state_.voted_for().empty() || hard_state_.voted_for() == from;
  const bool may_vote = request.pre_vote() ? request.term() > hard_state_.term()
                                           : request.term() == hard_state_.term() && is_free;
  const bool granted = may_vote && is_up_to_date(request) && may_begin_with(from);

  RaftMessage message;
  auto& reply = *message.mutable_vote_reply();
  reply.set_granted(granted);
  reply.set_pre_vote(request.pre_vote());
  reply.set_term(granted ? request.term() : hard_state_.term());
  if (request.pre_vote() || !granted)
    return send_now(from, std::move(message));
  if (hard_state_.voted_for() != from) {
    hard_state_.set_voted_for(from);
    save_hard_state();
  }
  role_ = follower{.leader = {}, .election_due = draw_election_due(now)};
  send_once_durable(from, std::move(message));
}

void raft_core::on_vote_reply(const std::string& from, const messages::VoteReply& reply,
                              time_point now) {
  if (!reply.granted() && reply.term() > hard_state_.term())
    return adopt_term(reply.term(), now);
  auto* stands = std::get_if<candidate>(&role_);
  const auto stood_in = hard_state_.term() + (reply.pre_vote() ? 1 : 0);
  if (!stands || !reply.granted() || stands->pre_vote != reply.pre_vote() ||
      reply.term() != stood_in) {
    ++ignored_.stale;
    return;
  }
  if (!is_voter(from)) {
    ++ignored_.unknown_sender;
    return;
  }
  stands->granted.insert(from);
  count_votes(now);
}

// 4.2.3 and 6.4.1: whoever heard of a leader lately keeps its lease whole by ignoring candidates,
// and a server that was cut off cannot depose a leader that works.
bool raft_core::must_withhold_vote(time_point now) const {
  return std::holds_alternative<leader>(role_) || now < withhold_votes_until_;
}

// Beyond 3.4, for the time before the first entry: a server that was not told of a datacenter, or
// of another one, must not help `from` to begin one. Two that were begun with different servers
// could both win a majority of theirs.
bool raft_core::may_begin_with(const std::string& from) const {
  return log_.last().index.value > 0 || servers_.find(from) != nullptr;
}

// 3.6.1
bool raft_core::is_up_to_date(const messages::RequestVote& request) const {
  const auto last = log_.last();
  if (request.last_log_term() != last.term.value)
    return request.last_log_term() > last.term.value;
  return request.last_log_index() >= last.index.value;
}

void raft_core::adopt_term(std::uint64_t newer, time_point now) {
  ensure(newer > hard_state_.term());
  hard_state_.set_term(newer);
  hard_state_.clear_voted_for();
  save_hard_state();
  become_follower(std::nullopt, now);
}

void raft_core::become_follower(std::optional<server_id> leader_id, time_point now) {
  if (std::holds_alternative<leader>(role_))
    fail_reads();
  // A candidate that cannot win must not keep others from standing: only a leader's word or our
  // vote puts an election off.
  auto due = draw_election_due(now);
  if (!leader_id && !std::holds_alternative<leader>(role_))
    due = election_due();
  role_ = follower{.leader = std::move(leader_id), .election_due = due};
}

// 3.10: stands at once and without asking first. A leader that has gone on since, or an overtaken
// message, is not obeyed.
void raft_core::on_timeout_now(const std::string& from, const messages::TimeoutNow& request,
                               time_point now) {
  const log_position wanted{{request.last_log_index()}, {request.last_log_term()}};
  const bool follows = std::holds_alternative<follower>(role_) &&
                       request.term() == hard_state_.term() && wanted == log_.last();
  if (!follows || from.empty() || !is_voter(options_.self.value) || is_installing()) {
    ++ignored_.leadership_transfer;
    return;
  }
  ask_for_votes(false, now, true);
}

void raft_core::ask_for_votes(bool pre_vote, time_point now, bool by_transfer) {
  candidate stands{.pre_vote = pre_vote,
                   .granted = {},
                   .own_vote = {},
                   .election_due = draw_election_due(now),
                   .by_transfer = by_transfer};
  if (!pre_vote) {
    hard_state_.set_term(hard_state_.term() + 1);
    hard_state_.set_voted_for(options_.self.value);
    save_hard_state();
    stands.own_vote = hard_state_write_;
  }
  send_vote_requests(stands);
  role_ = std::move(stands);
  count_votes(now);
}

void raft_core::send_vote_requests(const candidate& stands) {
  for (const auto& voter : servers_.voters()) {
    if (voter == options_.self.value)
      continue;
    RaftMessage message;
    auto& request = *message.mutable_request_vote();
    request.set_term(hard_state_.term() + (stands.pre_vote ? 1 : 0));
    request.set_last_log_index(log_.last().index.value);
    request.set_last_log_term(log_.last().term.value);
    request.set_pre_vote(stands.pre_vote);
    request.set_leadership_transfer(stands.by_transfer);
    if (stands.pre_vote)
      send_now(voter, std::move(message));
    else  // else a restart could stand twice in one term and forget whom it voted for
      send_once_durable(voter, std::move(message));
  }
}

void raft_core::count_votes(time_point now) {
  auto& stands = std::get<candidate>(role_);
  if (stands.pre_vote || durable_write_ >= *stands.own_vote)
    stands.granted.insert(options_.self.value);
  const auto votes = std::count_if(stands.granted.begin(), stands.granted.end(),
                                   [this](const std::string& id) { return is_voter(id); });
  if (static_cast<std::size_t>(votes) < majority(servers_.voters().size()))
    return;
  if (stands.pre_vote)
    ask_for_votes(false, now);
  else
    become_leader(now);
}

void raft_core::become_leader(time_point now) {
  leader leads{.peers = {},
               .own_term_index = {log_.last().index.value + 1},
               .lease_from = {log_.last().index.value + 1},
               .since = now,
               .heartbeat_due = now,
               .reads = {},
               .handing_over = {},
               .joining = {}};
  role_ = std::move(leads);
  sync_peers();
  // The first leader writes down the servers that all of them were started with.
  if (configuration_index().value == 0)
    append_own(LogEntry::CONFIGURATION, configuration().SerializeAsString(), 0);
  append_own(LogEntry::NOOP, {}, 0);  // 6.4: commits what earlier terms left
}

time_point raft_core::draw_election_due(time_point now) {
  const auto span = options_.election_timeout_max - options_.election_timeout_min;
  const auto extra = random_() % static_cast<std::uint64_t>(span.count());
  return now + options_.election_timeout_min + nanoseconds{extra};
}

// -- shared ---------------------------------------------------------------------

bool raft_core::is_voter(const std::string& id) const {
  return servers_.is_voter(id);
}

bool raft_core::is_only_voter() const {
  return servers_.voters().size() == 1 && servers_.voters().front() == options_.self.value;
}

void raft_core::send_now(const std::string& to, RaftMessage message) {
  message.set_from(options_.self.value);
  message.set_to(to);
  output_.messages_now.push_back(std::move(message));
}

void raft_core::send_once_durable(const std::string& to, RaftMessage message) {
  message.set_from(options_.self.value);
  message.set_to(to);
  output_.messages_once_durable.push_back(std::move(message));
}

void raft_core::save_hard_state() {
  output_.hard_state = hard_state_;
  hard_state_write_ = next_write_;
}

bool raft_core::hard_state_is_durable() const {
  return hard_state_write_ <= durable_write_;
}

void raft_core::commit_to(messages::log_index index) {
  ensure(index <= log_.last().index);
  commit_index_ = std::max(commit_index_, index);
  servers_.committed(commit_index_);
  if (is_seeded(seeded_fault::changes_servers_too_late) && std::holds_alternative<leader>(role_))
    sync_peers();
}

}  // namespace troupe::actors::raft
