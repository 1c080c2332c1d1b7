// The actor that reads the catalog for the connections of its io_thread; see README.md.
#pragma once

#include "actors/reads/reader_actor.hpp"

namespace troupe::actors::reads {

class catalog : public reader_actor<catalog_actor> {
 public:
  using reader_actor::reader_actor;
  behavior_type make_behavior() override;
};

catalog_actor spawn_catalog(caf::actor_system& system, io_thread& home, reader_needs needs);

}  // namespace troupe::actors::reads
