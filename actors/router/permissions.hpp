// Which permission a request needs: one function a message. All of them ask authorize().
//
// Lists are asked for as a whole here; rows that a token may not see would be left out where the
// rows are made.
#pragma once

#include "messages/autopilot.pb.h"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"
#include "messages/connect.pb.h"
#include "messages/coordinate.pb.h"
#include "messages/gossip.pb.h"
#include "messages/kv.pb.h"
#include "messages/query.pb.h"
#include "messages/result.hpp"
#include "messages/session.pb.h"
#include "messages/txn.pb.h"

namespace troupe::actors::router {

messages::result<void> permit(const messages::KvGet& request);
messages::result<void> permit(const messages::KvList& request);
messages::result<void> permit(const messages::KvKeys& request);
messages::result<void> permit(const messages::NodesQuery& request);
messages::result<void> permit(const messages::ServicesQuery& request);
messages::result<void> permit(const messages::ServiceNodesQuery& request);
messages::result<void> permit(const messages::NodeServicesQuery& request);
messages::result<void> permit(const messages::NodeChecksQuery& request);
messages::result<void> permit(const messages::ServiceChecksQuery& request);
messages::result<void> permit(const messages::ChecksInStateQuery& request);
messages::result<void> permit(const messages::ServiceHealthQuery& request);
messages::result<void> permit(const messages::CaRootsQuery& request);
messages::result<void> permit(const messages::AutopilotConfigurationQuery& request);
messages::result<void> permit(const messages::AutopilotStateQuery& request);
messages::result<void> permit(const messages::RaftServersQuery& request);
messages::result<void> permit(const messages::OperateRaft& request);
messages::result<void> permit(const messages::SessionInfo& request);
messages::result<void> permit(const messages::NodeSessions& request);
messages::result<void> permit(const messages::SessionList& request);
messages::result<void> permit(const messages::SessionRenew& request);
messages::result<void> permit(const messages::TxnRead& request);
messages::result<void> permit(const messages::Propose& request);
messages::result<void> permit(const messages::CoordinatesQuery& request);
messages::result<void> permit(const messages::NodeCoordinatesQuery& request);
messages::result<void> permit(const messages::UpdateCoordinate& request);
messages::result<void> permit(const messages::PreparedQueriesQuery& request);
messages::result<void> permit(const messages::PreparedQueryGet& request);
messages::result<void> permit(const messages::PreparedQueryExecute& request);
messages::result<void> permit(const messages::PreparedQueryExplain& request);
messages::result<void> permit(const messages::OperateKeyrings& request);
messages::result<void> permit(const messages::FireUserEvent& request);

}  // namespace troupe::actors::router
