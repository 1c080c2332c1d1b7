// Clients write, swap, delete and read, and give up waiting when their patience ends.
#include "tests/simulation/raft_cluster.hpp"

namespace troupe::simulation {

raft_server& raft_cluster::choose_server() {
  std::vector<raft_server*> leaders;
  for (auto& server : servers_) {
    if (server->leads())
      leaders.push_back(server.get());
  }
  // A leader that was deposed and does not know it is the one to ask.
  if (!leaders.empty() && chance(world_.random(), 0.95))
    return *leaders[below(world_.random(), leaders.size())];
  return any_server();
}

void raft_cluster::go_on(int client, duration after) {
  const auto turn = ++client_turn_[static_cast<std::size_t>(client)];
  world_.after(after, [this, client, turn] {
    if (!clients_stop_ && turn == client_turn_[static_cast<std::size_t>(client)])
      run_client(client);
  });
}

operation raft_cluster::draw_operation(std::uint64_t key) {
  auto& random = world_.random();
  operation one;
  one.invoked = world_.now();
  if (chance(random, plan_.reads))
    return one;
  one.kind = operation_kind::write;
  one.value = chance(random, plan_.deletes) ? 0 : ++last_value_;
  if (chance(random, plan_.swaps)) {
    one.kind = operation_kind::swap;
    one.expected = last_seen_[key];
  }
  return one;
}

void raft_cluster::run_client(int client) {
  auto& server = choose_server();
  const auto key = below(world_.random(), static_cast<std::uint64_t>(plan_.keys));
  go_on(client, plan_.client_patience);  // gives up waiting
  const auto one = draw_operation(key);
  auto& history = histories_[key];
  const auto place = history.size();
  history.push_back(one);
  const auto mode = chance(world_.random(), 0.6) ? read_mode::leased : read_mode::consistent;
  server.ask(
      {.key = key, .what = one, .mode = mode},
      [this, key, place, client](bool taken) {
        if (taken)
          return;
        histories_[key][place].kind = operation_kind::read;  // never answered: it is left out
        go_on(client, 20ms);
      },
      [this, key, place, client](std::uint64_t seen) {
        auto& done = histories_[key][place];
        done.answered = world_.now();
        done.seen = seen;
        last_seen_[key] = seen;
        if (done.kind == operation_kind::read) {
          done.value = seen;
          ++report_.reads_answered;
        } else {
          if (done.kind == operation_kind::write || done.expected == seen)
            last_seen_[key] = done.value;
          ++report_.writes_answered;
          writes_since_healed_ += healed_ ? 1 : 0;
        }
        go_on(client, between(world_.random(), 1ms, plan_.think_max));
      });
}

}  // namespace troupe::simulation
