#include "actors/reads/catalog_actor.hpp"

#include <caf/actor_system.hpp>

#include "actors/reads/catalog_queries.hpp"
#include "actors/reads/coordinate_queries.hpp"
#include "actors/reads/prepared_queries.hpp"
#include "actors/reads/session_queries.hpp"

namespace troupe::actors::reads {

catalog_actor::behavior_type catalog::make_behavior() {
  start();
  return {
      // From the router.
      [this](const m::NodesQuery& query) { return answer(query); },
      [this](const m::ServicesQuery& query) { return answer(query); },
      [this](const m::ServiceNodesQuery& query) { return answer(query); },
      [this](const m::NodeServicesQuery& query) { return answer(query); },
      [this](const m::NodeChecksQuery& query) { return answer(query); },
      [this](const m::ServiceChecksQuery& query) { return answer(query); },
      [this](const m::ChecksInStateQuery& query) { return answer(query); },
      [this](const m::ServiceHealthQuery& query) { return answer(query); },
      [this](const m::AutopilotConfigurationQuery& query) { return answer(query); },
      [this](const m::CaRootsQuery& query) { return answer(query); },
      [this](const m::SessionInfo& query) { return answer(query); },
      [this](const m::NodeSessions& query) { return answer(query); },
      [this](const m::SessionList& query) { return answer(query); },
      [this](const m::TxnRead& query) { return answer(query); },
      [this](const m::CoordinatesQuery& query) { return answer(query); },
      [this](const m::NodeCoordinatesQuery& query) { return answer(query); },
      [this](const m::PreparedQueriesQuery& query) { return answer(query); },
      [this](const m::PreparedQueryGet& query) { return answer(query); },
      [this](const m::PreparedQueryExecute& query) { return answer(query); },
      [this](const m::PreparedQueryExplain& query) { return answer(query); },
      [this](const m::CancelQuery& cancel) { loop().cancel({cancel.ticket()}); },
      // From the state machine.
      [this](const m::ChangeSet& change) { loop().changed(change); },
  };
}

catalog_actor spawn_catalog(caf::actor_system& system, io_thread& home, reader_needs needs) {
  return system.spawn<catalog>(std::ref(home), std::move(needs));
}

}  // namespace troupe::actors::reads
