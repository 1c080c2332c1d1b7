// Keeps count of what depends on the leader's clock: how long sessions live and locks stay refused
// (session_core). Locks, transactions and the commands of sessions pass it before they go into the
// log; the sessions whose time is over it destroys through the log, as the leader only.
//
// It never writes: what sessions there are it reads from the state, when it comes to lead and when
// the state machine says that one began or ended.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <caf/actor_system.hpp>

#include "actors/interfaces.hpp"
#include "messages/limits.hpp"
#include "storage/environment.hpp"

namespace troupe::actors::session {

struct session_keeper_needs {
  const storage::environment* state = nullptr;  // outlives the actor
  raft_peer_actor raft_peer;
  state_machine_actor state_machine;
  std::function<std::string()> new_id;  // a UUID that nobody can guess
  std::chrono::nanoseconds ttl_min = m::limits::session_ttl_min;
};

session_keeper_actor spawn_session_keeper(caf::actor_system& system, session_keeper_needs needs);

}  // namespace troupe::actors::session
