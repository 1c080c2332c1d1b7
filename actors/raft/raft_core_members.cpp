// A leader's servers come and go, one at a time (4), and its leadership is handed over (3.10).
#include <algorithm>
#include <string>
#include <utility>

#include "actors/raft/raft_core.hpp"
#include "actors/raft/seeded_fault.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::raft {

using messages::errc;
using messages::failure;
using messages::log_index;
using messages::LogEntry;
using messages::RaftConfiguration;
using messages::RaftMessage;
using messages::RaftServer;
using messages::result;
using messages::server_id;

namespace {

// A server that is to vote and of which nothing is heard for so many election timeouts stays
// without a vote.
constexpr int silent_timeouts_max = 10;

RaftServer* find_in(RaftConfiguration& servers, const std::string& id) {
  for (auto& server : *servers.mutable_servers()) {
    if (server.id() == id)
      return &server;
  }
  return nullptr;
}

void put_into(RaftConfiguration& servers, const RaftServer& server) {
  if (auto* there = find_in(servers, server.id()))
    *there = server;
  else
    *servers.add_servers() = server;
}

}  // namespace

failure raft_core::not_leader() const {
  const auto known = status().leader;
  return {errc::not_leader, known ? known->value : std::string{}};
}

result<void> raft_core::bootstrap(RaftConfiguration servers, time_point now, bool stand_at_once) {
  const bool is_fresh = log_.last().index.value == 0 && configuration().servers_size() == 0;
  if (!is_fresh)
    return failure{errc::conflict, "this server belongs to a datacenter already"};
  if (servers.servers_size() > static_cast<int>(messages::limits::raft_servers_max))
    return failure{errc::bad_request, "too many servers"};
  servers_ = configuration_history({0}, std::move(servers));
  const auto due = is_only_voter() || stand_at_once ? now : draw_election_due(now);
  role_ = follower{.leader = {}, .election_due = due};
  return {};
}

// -- servers ------------------------------------------------------------------------

// 4.1, and the rule that was found missing in it later: a leader first commits an entry of its own
// term, so that a change of its predecessor's is either committed or gone.
result<void> raft_core::may_change_servers() const {
  const auto* lead = std::get_if<leader>(&role_);
  if (!lead)
    return not_leader();
  if (lead->handing_over)
    return failure{errc::unavailable, "the leadership is being handed over"};
  const bool is_under_way =
      commit_index_ < lead->own_term_index || configuration_index() > commit_index_;
  if (is_under_way && !is_seeded(seeded_fault::changes_servers_two_at_a_time))
    return failure{errc::unavailable, "another change of the servers is under way"};
  return {};
}

result<void> raft_core::add_server(const RaftServer& server, time_point now) {
  if (auto may = may_change_servers(); !may)
    return may;
  if (server.id().empty())
    return failure{errc::bad_request, "a server needs an id"};
  auto servers = configuration();
  const auto* there = find_in(servers, server.id());
  const bool is_voter_now = there && !there->non_voter();
  if (!there && servers.servers_size() >= static_cast<int>(messages::limits::raft_servers_max))
    return failure{errc::bad_request, "too many servers"};
  if (is_voter_now && server.non_voter() && servers_.voters().size() == 1)
    return failure{errc::bad_request, "the last voter must stay one"};
  if (server.non_voter() || is_voter_now) {
    auto& joining = std::get<leader>(role_).joining;
    if (joining && joining->server.id() == server.id())
      joining.reset();
    put_into(servers, server);
    change_servers(std::move(servers));
    return {};
  }
  if (auto& joining = std::get<leader>(role_).joining;
      joining && joining->server.id() != server.id())
    return failure{errc::unavailable, "another server is about to become a voter"};
  if (!there) {
    auto first = server;
    first.set_non_voter(true);
    put_into(servers, first);
    change_servers(std::move(servers));
  }
  std::get<leader>(role_).joining =
      catch_up{.server = server, .round_end = log_.last().index, .round_since = now};
  advance_catch_up(server.id(), now);
  return {};
}

result<void> raft_core::remove_server(const server_id& id) {
  if (auto may = may_change_servers(); !may)
    return may;
  if (servers_.voters().size() == 1 && is_voter(id.value))
    return failure{errc::bad_request, "the last voter cannot be removed"};
  RaftConfiguration servers;
  for (const auto& server : configuration().servers()) {
    if (server.id() != id.value)
      *servers.add_servers() = server;
  }
  auto& joining = std::get<leader>(role_).joining;
  if (joining && joining->server.id() == id.value)
    joining.reset();
  change_servers(std::move(servers));
  return {};
}

void raft_core::change_servers(RaftConfiguration servers) {
  auto data = servers.SerializeAsString();
  if (data != configuration().SerializeAsString())
    append_own(LogEntry::CONFIGURATION, std::move(data), 0);
}

void raft_core::sync_peers() {
  auto& peers = std::get<leader>(role_).peers;
  std::erase_if(peers, [this](const auto& one) { return !servers_.find(one.first); });
  for (const auto& server : configuration().servers()) {
    if (server.id() != options_.self.value)
      peers.try_emplace(server.id(), log_index{log_.last().index.value + 1});
  }
}

// 4.2.1: in rounds, each up to where the log ended when it began. When one was shorter than an
// election timeout, what is missing will not keep anybody waiting for longer.
void raft_core::advance_catch_up(const std::string& id, time_point now) {
  auto& lead = std::get<leader>(role_);
  if (!lead.joining || lead.joining->server.id() != id || lead.joining->is_done)
    return;
  auto& joining = *lead.joining;
  const auto peer = lead.peers.find(id);
  if (peer == lead.peers.end() || peer->second.match_index() < joining.round_end)
    return;
  joining.is_done = now - joining.round_since < options_.election_timeout_min;
  joining.round_end = log_.last().index;
  joining.round_since = now;
}

void raft_core::advance_servers(time_point now) {
  auto& lead = std::get<leader>(role_);
  if (!lead.joining)
    return;
  const auto peer = lead.peers.find(lead.joining->server.id());
  const auto heard = peer == lead.peers.end() ? time_point::min() : peer->second.echoed_send_time();
  const auto silent_since = std::max(heard, lead.joining->round_since);
  if (peer == lead.peers.end() ||
      now >= silent_since + silent_timeouts_max * options_.election_timeout_max) {
    lead.joining.reset();
    return;
  }
  if (!lead.joining->is_done || !may_change_servers())
    return;
  auto servers = configuration();
  put_into(servers, lead.joining->server);
  lead.joining.reset();
  change_servers(std::move(servers));
}

std::optional<server_id> raft_core::catching_up() const {
  const auto* lead = std::get_if<leader>(&role_);
  if (!lead || !lead->joining)
    return std::nullopt;
  return server_id{lead->joining->server.id()};
}

// 4.2.2: a leader that is no voter any more leads until that is committed, and lets another one
// stand at once.
void raft_core::step_down_if_removed(time_point now) {
  if (is_voter(options_.self.value) || configuration_index() > commit_index_)
    return;
  if (const auto next = furthest_voter(); !next.empty())
    tell_to_stand(next);
  become_follower(std::nullopt, now);
}

// -- the transfer of leadership --------------------------------------------------------

result<void> raft_core::transfer_leadership(const std::optional<server_id>& to, time_point now) {
  auto* lead = std::get_if<leader>(&role_);
  if (!lead)
    return not_leader();
  if (lead->handing_over)
    return failure{errc::unavailable, "the leadership is being handed over"};
  const auto chosen = to ? to->value : furthest_voter();
  if (chosen == options_.self.value || !is_voter(chosen))
    return failure{errc::bad_request, "cannot find a voter to hand the leadership to"};
  lead->handing_over =
      handover{.to = chosen, .due = now + options_.election_timeout_max, .told = false};
  return {};
}

bool raft_core::is_handing_over() const {
  const auto* lead = std::get_if<leader>(&role_);
  return lead && lead->handing_over;
}

// Empty: there is none but this server.
std::string raft_core::furthest_voter() const {
  std::string furthest;
  log_index match{};
  for (const auto& [id, progress] : std::get<leader>(role_).peers) {
    if (is_voter(id) && (furthest.empty() || progress.match_index() > match)) {
      furthest = id;
      match = progress.match_index();
    }
  }
  return furthest;
}

// With every heartbeat again, for one may be lost.
void raft_core::advance_handover() {
  auto& lead = std::get<leader>(role_);
  if (!lead.handing_over || (lead.handing_over->told && !lead.heartbeat_wanted))
    return;
  const auto peer = lead.peers.find(lead.handing_over->to);
  if (peer == lead.peers.end())
    return give_up_handover();
  if (peer->second.match_index() < log_.last().index)
    return;
  lead.handing_over->told = true;
  tell_to_stand(lead.handing_over->to);
}

void raft_core::tell_to_stand(const std::string& to) {
  RaftMessage message;
  auto& request = *message.mutable_timeout_now();
  request.set_term(hard_state_.term());
  request.set_last_log_index(log_.last().index.value);
  request.set_last_log_term(log_.last().term.value);
  send_now(to, std::move(message));
}

// The one that was told may still stand, and voters would not hold back their votes for our lease.
// Once a majority has an entry more than it, they will not vote for it.
void raft_core::give_up_handover() {
  auto& lead = std::get<leader>(role_);
  const bool was_told = lead.handing_over->told;
  lead.handing_over.reset();
  if (!was_told)
    return;
  append_own(LogEntry::NOOP, {}, 0);
  lead.lease_from = log_.last().index;
}

}  // namespace troupe::actors::raft
