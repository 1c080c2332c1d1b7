// How a node says goodbye to the others: nobody has to find out.
#include <algorithm>
#include <chrono>

#include <caf/scoped_actor.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/runtime/errors.hpp"
#include "deploy/agent/node_parts.hpp"
#include "messages/limits.hpp"

namespace troupe::agent {

namespace {

// Of a server that leaves, from the Raft configuration; Consul waits as long.
constexpr std::chrono::seconds removal_timeout{5};

}  // namespace

std::optional<messages::RaftStatus> node::parts::raft_status(
    const actors::raft_peer_actor& of) const {
  caf::scoped_actor asking{*system};
  std::optional<messages::RaftStatus> status;
  asking->request(of, std::chrono::seconds(1), messages::RaftStatusQuery{})
      .receive([&](messages::RaftStatus& known) { status = std::move(known); },
               [](const caf::error&) {});
  return status;
}

// A leader that leaves lets another one lead first: nobody waits for an election.
void node::parts::hand_over() {
  if (!config.server || !leads.leads())
    return;
  const auto status = raft_status(raft.peer);
  if (!status || status->configuration().servers_size() < 2)
    return;
  caf::scoped_actor asking{*system};
  asking
      ->request(raft.peer, messages::limits::gossip_leave_timeout,
                messages::TransferRaftLeadership{})
      .receive([](const messages::RaftLeadershipTransferred&) {},
               [](const caf::error& why) {
                 spdlog::warn("agent: the leadership was not handed over: {}",
                              actors::from_caf(why).detail);
               });
}

// The leader hears of the leave and takes this server out of the configuration. One that ends
// before that counts as failed for a majority that there may not be any more.
void node::parts::wait_until_removed() {
  if (!config.server)
    return;
  const auto own = raft_status(raft.peer);
  if (!own || own->configuration().servers_size() < 2)
    return;
  caf::scoped_actor waiting{*system};
  const auto deadline = system->clock().now() + removal_timeout;
  while (system->clock().now() < deadline) {
    // Whoever is removed hears of the leader no more.
    for (const auto& [other, link] : *servers->all()) {
      const auto status = raft_status(link.raft_peer);
      if (!status || !status->is_leader())
        continue;
      const auto& all = status->configuration().servers();
      if (std::none_of(all.begin(), all.end(), [this](const auto& one) { return one.id() == id; }))
        return;
    }
    waiting->receive([](const messages::Done&) {},
                     caf::after(std::chrono::milliseconds(50)) >> [] {});
  }
  spdlog::warn("agent: this server is still in the Raft configuration");
}

void node::leave() {
  parts_->hand_over();
  parts_->gossip->leave();
  parts_->wait_until_removed();
}

}  // namespace troupe::agent
