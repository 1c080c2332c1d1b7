// The actor that reads the key/value store for the connections of its io_thread; see README.md.
#pragma once

#include "actors/reads/reader_actor.hpp"

namespace troupe::actors::reads {

class kv_shard : public reader_actor<kv_shard_actor> {
 public:
  using reader_actor::reader_actor;
  behavior_type make_behavior() override;
};

kv_shard_actor spawn_kv_shard(caf::actor_system& system, io_thread& home, reader_needs needs);

}  // namespace troupe::actors::reads
