// An operator who adds, removes, promotes and demotes servers and hands the leadership over; and
// servers that lose their disk and come back as others. He looks at what is committed, as a real
// one would who asks before he breaks a quorum.
#include <algorithm>

#include "tests/simulation/raft_cluster.hpp"

namespace troupe::simulation {

bool raft_cluster::is_member(const std::string& id) const {
  const auto& servers = checkers_.servers().servers();
  return std::any_of(servers.begin(), servers.end(),
                     [&](const messages::RaftServer& one) { return one.id() == id; });
}

int raft_cluster::voters() const {
  const auto& servers = checkers_.servers().servers();
  return static_cast<int>(
      std::count_if(servers.begin(), servers.end(),
                    [](const messages::RaftServer& one) { return !one.non_voter(); }));
}

void raft_cluster::change_servers() {
  if (lost_server_ && checkers_.servers_index() > 0 && !is_member(*lost_server_))
    lost_server_.reset();
  if (plan_.wipes && !lost_server_ && chance(world_.random(), 0.2))
    return wipe_one();
  for (auto& server : servers_) {
    if (server->leads())
      return change_servers_at(*server);
  }
}

void raft_cluster::change_servers_at(raft_server& leader) {
  auto& random = world_.random();
  if (lost_server_) {
    leader.remove(*lost_server_);
  } else if (chance(random, plan_.transfers)) {
    report_.transfers += leader.transfer() ? 1 : 0;
  } else {
    const bool begun = chance(random, 0.4) ? remove_one(leader) : add_or_change_one(leader);
    report_.servers_changed += begun ? 1 : 0;
  }
}

// Any server: new, or to be given or refused a vote, or as it is.
bool raft_cluster::add_or_change_one(raft_server& leader) {
  auto& random = world_.random();
  messages::RaftServer wanted;
  wanted.set_id(any_server().id());
  wanted.set_non_voter(voters() > 2 && chance(random, 0.3));
  return leader.add(wanted);
}

bool raft_cluster::remove_one(raft_server& leader) {
  const auto chosen = any_server().id();
  return voters() > 2 && is_member(chosen) && leader.remove(chosen);
}

// One voter of at least three, and only when no change of the servers is pending anywhere: else
// what is left might be no majority.
void raft_cluster::wipe_one() {
  auto& victim = any_server();
  const auto committed = checkers_.servers_index();
  const bool is_settled =
      committed > 0 && std::none_of(servers_.begin(), servers_.end(), [&](const auto& one) {
        return one->knows_configuration_after(committed);
      });
  if (!is_settled || !is_member(victim.id()) || voters() < 3)
    return;
  ++report_.wipes;
  if (victim.is_up())
    victim.crash();
  lost_server_ = victim.id();
  victim.wipe("s" + std::to_string(++servers_made_));
  world_.after(between(world_.random(), 1ms, plan_.down_max), [&victim] {
    if (!victim.is_up())
      victim.start();
  });
}

}  // namespace troupe::simulation
