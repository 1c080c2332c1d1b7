#include "actors/reads/kv_shard_actor.hpp"

#include <caf/actor_system.hpp>

#include "actors/reads/kv_queries.hpp"

namespace troupe::actors::reads {

kv_shard_actor::behavior_type kv_shard::make_behavior() {
  start();
  return {
      // From the router.
      [this](const m::KvGet& get) { return answer(get); },
      [this](const m::KvList& list) { return answer(list); },
      [this](const m::KvKeys& keys) { return answer(keys); },
      [this](const m::CancelQuery& cancel) { loop().cancel({cancel.ticket()}); },
      // From the state machine.
      [this](const m::ChangeSet& change) { loop().changed(change); },
  };
}

kv_shard_actor spawn_kv_shard(caf::actor_system& system, io_thread& home, reader_needs needs) {
  return system.spawn<kv_shard>(std::ref(home), std::move(needs));
}

}  // namespace troupe::actors::reads
