// Plans with an aim: the rare courses of events that tell a rule's breach, prepared step by step.
// Every step is something that may happen to real servers, and is random in its time and parties.
#include <algorithm>

#include "tests/simulation/raft_cluster.hpp"

namespace troupe::simulation {

using stage = old_term_contest::stage;

void raft_cluster::pursue_aim() {
  if (plan_.aim == plan_aim::slow_leader_alone)
    repeat(20ms, &raft_cluster::set_apart_slow_leader);
  if (plan_.aim == plan_aim::old_term_on_a_majority)
    repeat(5ms, &raft_cluster::contest_old_term);
}

// Both ways between these servers and all others; among themselves either side is whole.
void raft_cluster::cut_off(const std::vector<const raft_server*>& some) {
  const auto is_cut_off = [&](const auto& server) {
    return std::find(some.begin(), some.end(), server.get()) != some.end();
  };
  ++report_.partitions;
  ++partition_;
  cut_.clear();
  for (const auto& a : servers_) {
    for (const auto& b : servers_) {
      if (is_cut_off(a) != is_cut_off(b))
        cut_.insert({a->id(), b->id()});
    }
  }
}

// -- plan_aim::handover_to_a_successor -----------------------------------------------------

// 3.10: the successor is elected at once, for its voters need not wait, and the old leader, which
// is heard but hears nothing, could answer reads by the lease that it had.
void raft_cluster::deafen(const std::string& id) {
  if (healed_ || !cut_.empty() || chance(world_.random(), 0.2))
    return;
  ++report_.partitions;
  for (const auto& other : servers_)
    cut_.insert({other->id(), id});
  cut_for(between(world_.random(), 100ms, 400ms));
}

// -- plan_aim::slow_leader_alone -------------------------------------------------------------

// 6.4.1: the first server, whose clock is the slowest, is made leader and then cut off; or it
// stands still meanwhile, and awakes to answers and reads that came before.
void raft_cluster::set_apart_slow_leader() {
  if (!cut_.empty())
    return;
  auto& slow = *servers_.front();
  if (slow.leads() && chance(world_.random(), 0.5)) {
    if (chance(world_.random(), 0.5))
      return isolate(slow);
    ++report_.pauses;
    slow.pause(between(world_.random(), 100ms, 500ms));
    return world_.after(between(world_.random(), 2ms, 15ms), [this, &slow] {
      if (!healed_)
        isolate(slow);
    });
  }
  for (auto& server : servers_) {
    if (server->leads() && server->id() != slow.id())
      report_.transfers += server->transfer(messages::server_id{slow.id()}) ? 1 : 0;
  }
}

// -- plan_aim::old_term_on_a_majority ----------------------------------------------------------

// 3.6.2, figure 3.7: a leader's entries reach one server only; a rival is elected by the other
// three and nobody hears of it; the old entries reach a third server under a new leader, whose own
// do not; and the rival comes back. Its entry stands where an old one is, and is of a later term:
// it wins.
void raft_cluster::contest_old_term() {
  const bool is_due = world_.now() >= contest_.due;
  if (contest_.at == stage::none) {
    for (auto& server : servers_) {
      if (is_due && server->leads())
        return begin_contest(*server);
    }
    return;
  }
  if (!is_due)
    return;
  if (contest_.at != stage::pair_apart)
    return end_contest();
  contest_.at = stage::rival_sought;
  contest_.due = world_.now() + 2s;
}

void raft_cluster::begin_contest(raft_server& leader) {
  const auto& other = any_server();
  if (other.id() == leader.id())
    return;
  contest_ = {.at = stage::pair_apart,
              .due = world_.now() + between(world_.random(), 20ms, 100ms),
              .pair = {&leader, &other},
              .rival = nullptr,
              .contested_index = 0};
  cut_off(contest_.pair);
}

void raft_cluster::end_contest() {
  cut_.clear();
  contest_ = {};
  contest_.due = world_.now() + between(world_.random(), 50ms, 400ms);
}

void raft_cluster::rival_is_elected(raft_server& elected) {
  const bool is_sought = contest_.at == stage::pair_apart || contest_.at == stage::rival_sought;
  const auto& pair = contest_.pair;
  if (healed_ || !is_sought || std::find(pair.begin(), pair.end(), &elected) != pair.end())
    return;
  contest_.at = stage::old_entry_spreads;
  contest_.due = world_.now() + 2s;
  contest_.rival = &elected;
  contest_.contested_index = elected.last_index();
  cut_off({&elected});
}

// By the rules this is applied only once an entry of the leader's own is on a majority, and then
// the rival loses.
void raft_cluster::contested_is_applied(raft_server& server) {
  if (healed_ || contest_.at != stage::old_entry_spreads || !server.leads() ||
      &server == contest_.rival || server.applied_index() < contest_.contested_index)
    return;
  contest_.at = stage::rival_returns;
  contest_.due = world_.now() + 1s;
  cut_off(contest_.pair);
}

}  // namespace troupe::simulation
