// The actor `router`: where a request goes. One on each io_thread. It refuses what can be refused
// without looking at the state (another datacenter, a permission, a malformed write) and delegates
// the rest, so that the answer goes straight to who asked. It waits for nothing and keeps nothing.
#pragma once

#include <string>

#include "actors/interfaces.hpp"
#include "actors/runtime/io_actor.hpp"

namespace troupe::actors::router {

// The actors of this node; the readers are those of the same io_thread.
struct router_needs {
  std::string datacenter;  // this node's
  kv_shard_actor kv_shard;
  catalog_actor catalog;
  raft_peer_actor raft_peer;
  bool connect_enabled = true;  // else there is no certificate authority to be asked for
  session_keeper_actor session_keeper = {};   // this node's
  coordinate_batcher_actor coordinates = {};  // none: no leader to tell them to
  pool_operator_actor pools = {};             // none: this node is in no pool
};

class router_state : public io_actor<router_actor> {
 public:
  router_state(caf::actor_config& config, io_thread& home, router_needs needs)
      : io_actor(config, home), needs_(std::move(needs)) {}

  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  caf::result<m::CommandResult> propose(m::Propose& request);
  caf::result<m::TxnReadReply> read_txn(m::TxnRead& request);
  caf::result<m::Done> update_coordinate(m::UpdateCoordinate& request);

  router_needs needs_;
};

router_actor spawn_router(caf::actor_system& system, io_thread& home, router_needs needs);

}  // namespace troupe::actors::router
