// What goes wrong: crashes, servers that stand still, links that are cut.
#include "tests/simulation/raft_cluster.hpp"

namespace troupe::simulation {

void raft_cluster::repeat(duration every, void (raft_cluster::*what)()) {
  if (every == 0s)
    return;
  world_.after(between(world_.random(), 1ms, 2 * every), [this, every, what] {
    if (healed_)
      return;
    (this->*what)();
    repeat(every, what);
  });
}

raft_server& raft_cluster::any_server() {
  return *servers_[below(world_.random(), servers_.size())];
}

void raft_cluster::crash_one() {
  auto& victim = any_server();
  if (!victim.is_up())
    return;
  ++report_.crashes;
  victim.crash();
  world_.after(between(world_.random(), 1ms, plan_.down_max), [&victim] {
    if (!victim.is_up())
      victim.start();
  });
}

void raft_cluster::pause_one() {
  ++report_.pauses;
  any_server().pause(between(world_.random(), 1ms, plan_.pause_max));
}

void raft_cluster::partition() {
  ++report_.partitions;
  cut_links();
  cut_for(between(world_.random(), 50ms, plan_.partition_max));
}

void raft_cluster::isolate(raft_server& server) {
  ++report_.partitions;
  cut_.clear();
  for (const auto& other : servers_) {
    cut_.insert({server.id(), other->id()});
    cut_.insert({other->id(), server.id()});
  }
  cut_for(between(world_.random(), 50ms, plan_.partition_max));
}

void raft_cluster::cut_for(duration lasts) {
  const auto number = ++partition_;
  world_.after(lasts, [this, number] {
    if (number == partition_)
      cut_.clear();
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

}  // namespace troupe::simulation
