#include "tests/simulation/raft_cluster.hpp"

#include <algorithm>

namespace troupe::simulation {

raft_cluster::raft_cluster(std::uint64_t seed, mutation fault)
    : plan_(fault_plan::from_seed(seed)), world_(seed) {
  messages::RaftConfiguration configuration;
  for (int n = 1; n <= plan_.servers; ++n)
    configuration.add_servers()->set_id("s" + std::to_string(n));
  for (const auto& server : configuration.servers()) {
    servers_.push_back(std::make_unique<raft_server>(
        server.id(), configuration,
        raft_server::surroundings{
            .world = world_,
            .faults = plan_,
            .checkers = checkers_,
            .fault = fault,
            .send = [this](const messages::RaftMessage& message) { send(message); }}));
  }
  client_turn_.resize(static_cast<std::size_t>(plan_.clients));
}

run_report raft_cluster::run() {
  for (auto& server : servers_)
    server->start();
  plan_crash();
  plan_partition();
  for (int client = 0; client < plan_.clients; ++client)
    go_on(client, 1ms);
  if (run_until(plan_.faulty_for)) {
    heal();
    if (run_until(plan_.faulty_for + plan_.healed_for)) {
      clients_stop_ = true;
      if (run_until(plan_.faulty_for + plan_.healed_for + 1s))
        check_convergence();
    }
  }
  if (!checkers_.violation())
    check_histories();
  report_.violation = checkers_.violation();
  report_.terms_led = checkers_.terms_led();
  report_.entries_committed = checkers_.entries_committed();
  return report_;
}

bool raft_cluster::run_until(virtual_time end) {
  while (!checkers_.violation() && world_.step(end))
    ++report_.events;
  return !checkers_.violation();
}

// -- network ------------------------------------------------------------------------

bool raft_cluster::are_connected(const std::string& a, const std::string& b) const {
  return !cut_.contains({a, b});
}

void raft_cluster::send(const messages::RaftMessage& message) {
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

// -- faults ---------------------------------------------------------------------------

void raft_cluster::plan_crash() {
  if (plan_.crash_every == 0s)
    return;
  world_.after(between(world_.random(), 1ms, 2 * plan_.crash_every), [this] {
    if (healed_)
      return;
    auto* victim = servers_[below(world_.random(), servers_.size())].get();
    if (victim->is_up()) {
      ++report_.crashes;
      victim->crash();
      world_.after(between(world_.random(), 1ms, plan_.down_max), [victim] {
        if (!victim->is_up())
          victim->start();
      });
    }
    plan_crash();
  });
}

void raft_cluster::plan_partition() {
  if (plan_.partition_every == 0s)
    return;
  world_.after(between(world_.random(), 1ms, 2 * plan_.partition_every), [this] {
    if (healed_)
      return;
    ++report_.partitions;
    cut_links();
    const auto number = ++partition_;
    world_.after(between(world_.random(), 50ms, plan_.partition_max), [this, number] {
      if (number == partition_)
        cut_.clear();
    });
    plan_partition();
  });
}

// Splits the servers in two, with preference for a leader alone; or cuts single links one way, so
// that some hear others that do not hear them.
void raft_cluster::cut_links() {
  auto& random = world_.random();
  cut_.clear();
  auto sides = random();
  const bool split = chance(random, 0.7);
  const bool leader_alone = chance(random, 0.5);
  for (std::size_t n = 0; leader_alone && n < servers_.size(); ++n) {
    if (servers_[n]->leads())
      sides = std::uint64_t{1} << n;
  }
  for (std::size_t a = 0; a < servers_.size(); ++a) {
    for (std::size_t b = 0; b < servers_.size(); ++b) {
      if (split ? ((sides >> a) & 1) != ((sides >> b) & 1) : chance(random, 0.3))
        cut_.insert({servers_[a]->id(), servers_[b]->id()});
    }
  }
}

void raft_cluster::heal() {
  healed_ = true;
  plan_.delay_max = std::min(plan_.delay_max, duration{10ms});
  cut_.clear();
  plan_.slow_disk = 0;
  plan_.crash_after_write = 0;
  for (auto& server : servers_) {
    if (!server->is_up())
      server->start();
  }
}

// -- clients ----------------------------------------------------------------------------

raft_server& raft_cluster::choose_server() {
  std::vector<raft_server*> leaders;
  for (auto& server : servers_) {
    if (server->leads())
      leaders.push_back(server.get());
  }
  // A leader that was deposed and does not know it is the one to ask.
  if (!leaders.empty() && chance(world_.random(), 0.95))
    return *leaders[below(world_.random(), leaders.size())];
  return *servers_[below(world_.random(), servers_.size())];
}

void raft_cluster::go_on(int client, duration after) {
  const auto turn = ++client_turn_[static_cast<std::size_t>(client)];
  world_.after(after, [this, client, turn] {
    if (!clients_stop_ && turn == client_turn_[static_cast<std::size_t>(client)])
      run_client(client);
  });
}

void raft_cluster::run_client(int client) {
  auto& server = choose_server();
  const auto key = below(world_.random(), static_cast<std::uint64_t>(plan_.keys));
  go_on(client, plan_.client_patience);  // gives up waiting
  if (chance(world_.random(), plan_.reads))
    read(client, key, server);
  else
    write(client, key, server);
}

void raft_cluster::write(int client, std::uint64_t key, raft_server& server) {
  const auto value = ++last_value_;
  auto& history = histories_[key];
  const auto place = history.size();
  history.push_back({.is_write = true, .value = value, .invoked = world_.now()});
  const bool taken = server.write(key, value, [this, key, place, client] {
    auto& one = histories_[key][place];
    one.answered = world_.now();
    ++report_.writes_answered;
    writes_since_healed_ += healed_ ? 1 : 0;
    go_on(client, between(world_.random(), 1ms, plan_.think_max));
  });
  if (!taken) {
    histories_[key][place].is_write = false;  // never answered: it is left out
    go_on(client, 20ms);
  }
}

void raft_cluster::read(int client, std::uint64_t key, raft_server& server) {
  const auto mode = chance(world_.random(), 0.6) ? read_mode::leased : read_mode::consistent;
  auto& history = histories_[key];
  const auto place = history.size();
  history.push_back({.is_write = false, .value = 0, .invoked = world_.now()});
  const bool taken = server.read(key, mode, [this, key, place, client](std::uint64_t value) {
    auto& one = histories_[key][place];
    one.value = value;
    one.answered = world_.now();
    ++report_.reads_answered;
    go_on(client, between(world_.random(), 1ms, plan_.think_max));
  });
  if (!taken)
    go_on(client, 20ms);
}

// -- verdicts --------------------------------------------------------------------------------

void raft_cluster::check_convergence() {
  if (writes_since_healed_ == 0)
    checkers_.report("liveness: no write was answered after the faults had ended");
  for (const auto& server : servers_) {
    if (server->applied_index() != servers_.front()->applied_index())
      checkers_.report("liveness: " + server->id() + " applied " +
                       std::to_string(server->applied_index()) + " entries, " +
                       servers_.front()->id() + " " +
                       std::to_string(servers_.front()->applied_index()));
  }
}

void raft_cluster::check_histories() {
  for (const auto& [key, history] : histories_) {
    const auto outcome = check_linearizable(history);
    if (outcome == verdict::gave_up)
      ++report_.histories_given_up;
    if (outcome == verdict::not_linearizable)
      checkers_.report(
          "linearizability: no order of the operations explains what was seen of key " +
          std::to_string(key));
  }
}

}  // namespace troupe::simulation
