#include "tests/simulation/raft_cluster.hpp"

#include <algorithm>

namespace troupe::simulation {

raft_cluster::raft_cluster(std::uint64_t seed, mutant fault)
    : plan_(fault_plan::from_seed(seed)), world_(seed) {
#ifdef TROUPE_SEEDED_FAULTS
  actors::raft::seeded = describe(fault).in_core;
#endif
  messages::RaftConfiguration configuration;
  for (int n = 1; n <= plan_.servers; ++n)
    configuration.add_servers()->set_id("s" + std::to_string(++servers_made_));
  for (const auto& server : configuration.servers())
    add_server(server.id(), configuration, fault);
  for (int n = 0; n < plan_.spares; ++n)
    add_server("s" + std::to_string(++servers_made_), {}, fault);
  client_turn_.resize(static_cast<std::size_t>(plan_.clients));
}

void raft_cluster::add_server(const std::string& id,
                              const messages::RaftConfiguration& configuration, mutant fault) {
  servers_.push_back(std::make_unique<raft_server>(
      id, configuration,
      raft_server::surroundings{
          .world = world_,
          .faults = plan_,
          .checkers = checkers_,
          .fault = fault,
          .send = [this](const messages::RaftMessage& message) { send(message); },
          .on_elected =
              [this](raft_server& elected) {
                if (!healed_ && chance(world_.random(), plan_.isolate_new_leader))
                  isolate(elected);
                rival_is_elected(elected);
              },
          .on_applied = [this](raft_server& server) { contested_is_applied(server); }}));
}

run_report raft_cluster::run() {
  for (auto& server : servers_)
    server->start();
  repeat(plan_.crash_every, &raft_cluster::crash_one);
  repeat(plan_.pause_every, &raft_cluster::pause_one);
  repeat(plan_.partition_every, &raft_cluster::partition);
  repeat(plan_.change_every, &raft_cluster::change_servers);
  pursue_aim();
  for (int client = 0; client < plan_.clients; ++client)
    go_on(client, 1ms);
  if (run_until(plan_.faulty_for)) {
    heal();
    if (run_until(plan_.faulty_for + plan_.healed_for)) {
      clients_stop_ = true;
      settle();
      check_convergence();
    }
  }
  if (!checkers_.violation())
    check_histories();
  report_.violation = checkers_.violation();
  report_.terms_led = checkers_.terms_led();
  report_.entries_committed = checkers_.entries_committed();
  for (const auto& server : servers_)
    report_.snapshots_installed += server->snapshots_installed();
  return report_;
}

bool raft_cluster::run_until(virtual_time end) {
  while (!checkers_.violation() && world_.step(end))
    ++report_.events;
  return !checkers_.violation();
}

// Messages of one entry each that overtake one another take their time.
void raft_cluster::settle() {
  auto end = plan_.faulty_for + plan_.healed_for;
  run_until(end += 1s);
  for (int second = 0; second < 30 && laggard(); ++second)
    run_until(end += 1s);
}

// -- network ------------------------------------------------------------------------

bool raft_cluster::are_connected(const std::string& a, const std::string& b) const {
  return !cut_.contains({a, b});
}

void raft_cluster::send(const messages::RaftMessage& message) {
  if (plan_.aim == plan_aim::handover_to_a_successor && message.has_timeout_now())
    deafen(message.from());
  if (healed_ || !chance(world_.random(), plan_.loss))
    deliver_later(message);
  if (!healed_ && chance(world_.random(), plan_.duplication))
    deliver_later(message);
}

// A message under way when its link is cut is lost with it.
void raft_cluster::deliver_later(const messages::RaftMessage& message) {
  auto& random = world_.random();
  auto takes = between(random, plan_.delay_min, plan_.delay_max);
  if (!healed_ && chance(random, plan_.long_delay))
    takes = between(random, plan_.delay_max, plan_.long_delay_max);
  world_.after(takes, [this, message] {
    if (!are_connected(message.from(), message.to()))
      return;
    for (auto& server : servers_) {
      if (server->id() == message.to())
        server->receive(message);
    }
  });
}

void raft_cluster::heal() {
  healed_ = true;
  plan_.delay_max = std::min(plan_.delay_max, duration{10ms});
  cut_.clear();
  plan_.slow_disk = 0;
  plan_.crash_after_write = 0;
  plan_.crash_after_vote = 0;
  for (auto& server : servers_) {
    if (!server->is_up())
      server->start();
  }
}

// -- verdicts --------------------------------------------------------------------------------

// Those that the servers' own log names must have come to the same, and at least a majority of its
// voters is there.
void raft_cluster::check_convergence() {
  if (writes_since_healed_ == 0)
    checkers_.report("liveness: no write was answered after the faults had ended" + states());
  if (const auto* late = laggard())
    checkers_.report("liveness: " + late->id() + " has not applied what others have" + states());
}

// A server that has applied less than another; null: none.
const raft_server* raft_cluster::laggard() const {
  const raft_server* least = nullptr;
  std::uint64_t most = 0;
  for (const auto& server : servers_) {
    if (!is_member(server->id()))
      continue;
    most = std::max(most, server->applied_index());
    if (!least || server->applied_index() < least->applied_index())
      least = server.get();
  }
  return least && least->applied_index() < most ? least : nullptr;
}

std::string raft_cluster::states() const {
  std::string out;
  for (const auto& server : servers_)
    out += "\n      " + server->describe();
  return out;
}

void raft_cluster::check_histories() {
  for (const auto& [key, history] : histories_) {
    const auto outcome = check_linearizable(history);
    ++report_.histories;
    if (outcome == verdict::gave_up)
      ++report_.histories_given_up;
    if (outcome == verdict::not_linearizable)
      checkers_.report(
          "linearizability: no order of the operations explains what was seen of key " +
          std::to_string(key));
  }
}

}  // namespace troupe::simulation
