// The actor `router`: where a request goes. One on each io_thread. It refuses what can be refused
// without looking at the state (another datacenter, a permission, a malformed write) and delegates
// the rest, so that the answer goes straight to who asked. What this node cannot answer goes to a
// server that can (forwarded_request).
#pragma once

#include <functional>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/router/forwarded_request.hpp"
#include "actors/router/other_servers.hpp"
#include "actors/router/server_choice.hpp"
#include "actors/runtime/io_actor.hpp"
#include "actors/runtime/leadership.hpp"

namespace troupe::actors::router {

// The actors of this node; the readers are those of the same io_thread. A client agent has none of
// them: every request goes to a server.
struct router_needs {
  std::string datacenter;  // this node's
  kv_shard_actor kv_shard;
  catalog_actor catalog;
  raft_peer_actor raft_peer;
  bool connect_enabled = true;  // else there is no certificate authority to be asked for
  session_keeper_actor session_keeper = {};   // this node's
  coordinate_batcher_actor coordinates = {};  // none: no leader to tell them to
  pool_operator_actor pools = {};             // none: this node is in no pool
  autopilot_actor autopilot = {};
  const leadership* leads = nullptr;  // outlives the actor; null: no server, or one that is alone
  other_servers others = {};
  std::uint64_t random_seed = 0;
  std::function<std::string()> new_id = {};  // of prepared queries
};

class router_state : public io_actor<router_actor> {
 public:
  router_state(caf::actor_config& config, io_thread& home, router_needs needs)
      : io_actor(config, home),
        needs_(std::move(needs)),
        choice_(needs_.random_seed),
        ticket_mask_(choice_.random()) {}

  behavior_type make_behavior() override;
  void on_exit() override;

  // -- for a forwarded_request --------------------------------------------------

  std::optional<next_stop> next_hop(answerer whose);
  // From whoever was believed to lead. True: this is news, and may be tried at once.
  bool learned_leader(const std::string& id);
  std::string nobody_known() const;
  void hop_failed(const std::string& id);
  bool is_never_sent(const messages::failure& why) const {
    return needs_.others.is_never_sent && needs_.others.is_never_sent(why);
  }
  std::chrono::steady_clock::time_point now() const;
  std::chrono::nanoseconds retry_pause();
  void post_after(std::chrono::nanoseconds pause, std::function<void()> work);

 private:
  bool is_client() const { return !needs_.raft_peer; }
  // Another server leads.
  template <class Request>
  bool is_for_another(const Request& request) const {
    return needs_.leads && !needs_.leads->leads() && !request.options().forwarded();
  }
  template <class Reply, class Request, class Target>
  caf::result<Reply> pass_on(const Target& here, Request& request,
                             const messages::result<void>& allowed);
  template <class Reply, class Request, class Target>
  caf::result<Reply> pass_to_leader(const Target& here, Request& request,
                                    const messages::result<void>& allowed, repeat when);
  template <class Reply, class Request>
  caf::result<Reply> to_autopilot(Request& request, repeat when);
  template <class Reply, class Request>
  caf::result<Reply> forward(Request& request, repeat when, answerer whose);
  std::optional<next_stop> next_hop_of_client(answerer whose);
  void cancel_elsewhere(m::CancelQuery cancel);
  caf::result<m::CommandResult> propose(m::Propose& request);
  void give_query_id(m::Propose& request) const;
  caf::result<m::TxnReadReply> read_txn(m::TxnRead& request);
  caf::result<m::Done> update_coordinate(m::UpdateCoordinate& request);

  router_needs needs_;
  server_choice choice_;
  // Of a client agent, so that what only the leader answers goes there straight away. Unset: any
  // server is asked as if it led, and names the leader.
  std::optional<std::string> believed_leader_;
  std::uint64_t ticket_mask_;  // at a server tickets of many agents meet
};

router_actor spawn_router(caf::actor_system& system, io_thread& home, router_needs needs);

}  // namespace troupe::actors::router
