// Every actor of a node and the messages it takes, on one page.
//
// Rules: a message is a Protobuf type; an answer is one too, or an error made by to_caf(). What an
// actor sends itself is marked INTERNAL. "on an io_thread" actors live beside the sockets
// (io_actor.hpp); detached ones have a thread of their own because they wait for a disk; the rest
// share CAF's pool.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/runtime/protobuf_messages.hpp"
#include "messages/agent.pb.h"
#include "messages/autopilot.pb.h"
#include "messages/catalog.pb.h"
#include "messages/command.pb.h"
#include "messages/connect.pb.h"
#include "messages/coordinate.pb.h"
#include "messages/event.pb.h"
#include "messages/gossip.pb.h"
#include "messages/kv.pb.h"
#include "messages/metrics.pb.h"
#include "messages/query.pb.h"
#include "messages/raft.pb.h"
#include "messages/session.pb.h"
#include "messages/txn.pb.h"

namespace troupe::actors {

namespace m = troupe::messages;

// -- servers: agreement -----------------------------------------------------

// Makes the Raft log and the hard state durable: one commit a message. Detached.
using log_writer_actor = caf::typed_actor<
    // Answered once all of it is durable; answers come in order.
    caf::replies_to<m::AppendToLog>::with<m::LogPersisted>,
    // Forgets entries that a durable snapshot covers.
    caf::reacts_to<m::CompactLog>,
    // Forgets all, for a snapshot that was received.
    caf::replies_to<m::ResetLog>::with<m::LogReset>>;

// The only writer of the replicated state: applies what is committed, one transaction a message.
// Detached.
using state_machine_actor =
    caf::typed_actor<caf::replies_to<m::ApplyEntries>::with<m::Applied>,
                     // From now on the sender is sent a ChangeSet after every batch.
                     caf::reacts_to<m::SubscribeToChanges>,
                     // A durable snapshot of everything applied.
                     caf::replies_to<m::TakeSnapshot>::with<m::SnapshotTaken>>;

// What the raft_peer asks of it besides: log and state become what the received snapshot holds.
using installing_state_machine_actor =
    state_machine_actor::extend<caf::replies_to<m::InstallReceived>::with<m::SnapshotInstalled>>;

// Replicates commands among the servers of one datacenter. Detached.
using raft_peer_actor = caf::typed_actor<
    // A peer's half of the protocol. Never answered: replies are messages too.
    caf::reacts_to<m::RaftMessage>,
    // Appends a command; answered once it is committed and applied. Without a leader it waits up to
    // limits::rpc_hold_timeout, then errc::no_leader.
    caf::replies_to<m::Propose>::with<m::CommandResult>,
    // From which index on a default or consistent read may be answered; a follower asks the leader.
    // Waits for a leader likewise.
    caf::replies_to<m::ReadIndexQuery>::with<m::ReadIndexReply>,
    caf::replies_to<m::RaftStatusQuery>::with<m::RaftStatus>,
    // From now on the sender is sent LeadershipChanged; the first one at once.
    caf::reacts_to<m::SubscribeToLeadership>,
    // Once a fresh datacenter's first servers have found each other: one of them is promised to be
    // the one that says who they are, and says it; errc::conflict if this one knows of any.
    caf::replies_to<m::PromiseBootstrap>::with<m::BootstrapPromise>,
    caf::replies_to<m::BootstrapRaft>::with<m::RaftServersChanged>,
    // INTERNAL: the core's next deadline has come.
    caf::reacts_to<m::RaftTick>>;

// What whoever looks after the servers asks of the leader's raft_peer besides. One change at a
// time: errc::unavailable while another one is under way, errc::not_leader with the leader's id, if
// one is known.
using raft_servers_actor = raft_peer_actor::extend<
    caf::replies_to<m::AddRaftServer>::with<m::RaftServersChanged>,
    caf::replies_to<m::RemoveRaftServer>::with<m::RaftServersChanged>,
    caf::replies_to<m::TransferRaftLeadership>::with<m::RaftLeadershipTransferred>>;

// -- servers: reads ------------------------------------------------------------

// Reads and blocking queries of the key/value store, for the connections of its io_thread.
using kv_shard_actor = caf::typed_actor<
    caf::replies_to<m::KvGet>::with<m::KvEntries>, caf::replies_to<m::KvList>::with<m::KvEntries>,
    caf::replies_to<m::KvKeys>::with<m::KvKeyNames>, caf::reacts_to<m::CancelQuery>,
    // From the state machine: wakes the blocking queries that a batch touched.
    caf::reacts_to<m::ChangeSet>>;

// Reads and blocking queries of nodes, services, checks, sessions, coordinates, prepared queries
// and the certificate authority, and transactions that only read, for the connections of its
// io_thread.
using catalog_actor = caf::typed_actor<
    caf::replies_to<m::NodesQuery>::with<m::Nodes>,
    caf::replies_to<m::ServicesQuery>::with<m::Services>,
    caf::replies_to<m::ServiceNodesQuery>::with<m::ServiceNodes>,
    caf::replies_to<m::NodeServicesQuery>::with<m::NodeServices>,
    caf::replies_to<m::NodeChecksQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ServiceChecksQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ChecksInStateQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ServiceHealthQuery>::with<m::ServiceHealth>,
    caf::replies_to<m::AutopilotConfigurationQuery>::with<m::AutopilotConfigurations>,
    caf::replies_to<m::CaRootsQuery>::with<m::CaRoots>,
    caf::replies_to<m::SessionInfo>::with<m::Sessions>,
    caf::replies_to<m::NodeSessions>::with<m::Sessions>,
    caf::replies_to<m::SessionList>::with<m::Sessions>,
    caf::replies_to<m::TxnRead>::with<m::TxnReadReply>,
    caf::replies_to<m::CoordinatesQuery>::with<m::Coordinates>,
    caf::replies_to<m::NodeCoordinatesQuery>::with<m::Coordinates>,
    caf::replies_to<m::PreparedQueriesQuery>::with<m::PreparedQueries>,
    caf::replies_to<m::PreparedQueryGet>::with<m::PreparedQueries>,
    caf::replies_to<m::PreparedQueryExecute>::with<m::PreparedQueryResult>,
    caf::replies_to<m::PreparedQueryExplain>::with<m::PreparedQueryExplained>,
    caf::reacts_to<m::CancelQuery>,
    // From the state machine.
    caf::reacts_to<m::ChangeSet>>;

// What only the leader does: members into the catalog, the first certificate authority, tombstones.
using leader_duties_actor = caf::typed_actor<
    // From the raft_peer.
    caf::reacts_to<m::LeadershipChanged>,
    // From the gossip_member: who came, changed, failed or left.
    caf::reacts_to<m::MemberEvent>,
    // INTERNAL: the next round of duties is due.
    caf::reacts_to<m::DutyTick>>;

// Which servers the datacenter has: tells the links, begins a fresh datacenter, and where this
// server leads brings who came or left into the Raft configuration. On client agents it only tells.
using server_keeper_actor = caf::typed_actor<
    // From the gossip_member.
    caf::reacts_to<m::MemberEvent>,
    // From the raft_peer.
    caf::reacts_to<m::LeadershipChanged>,
    // INTERNAL: the servers are looked at again.
    caf::reacts_to<m::ServerTick>>;

// How the servers do, and what operators do to them. It judges and cleans up on the leader alone.
using autopilot_actor =
    caf::typed_actor<caf::replies_to<m::AutopilotStateQuery>::with<m::AutopilotState>,
                     caf::replies_to<m::RaftServersQuery>::with<m::RaftServerRows>,
                     caf::replies_to<m::OperateRaft>::with<m::Done>,
                     // From the raft_peer.
                     caf::reacts_to<m::LeadershipChanged>,
                     // INTERNAL: the servers are asked again.
                     caf::reacts_to<m::AutopilotTick>>;

// What depends on the leader's clock: how long sessions live and locks stay refused. Locks,
// transactions and the commands of sessions pass it on their way to the raft_peer.
using session_keeper_actor =
    caf::typed_actor<caf::replies_to<m::Propose>::with<m::CommandResult>,
                     caf::replies_to<m::SessionRenew>::with<m::Sessions>,
                     // From the raft_peer.
                     caf::reacts_to<m::LeadershipChanged>,
                     // From the state machine: sessions that began or ended, locks that were lost.
                     caf::reacts_to<m::ChangeSet>,
                     // INTERNAL: a session's time is over, or a retry is due.
                     caf::reacts_to<m::SessionTick>>;

// Gathers what nodes say of where they are, and puts it into the log a batch at a time.
using coordinate_batcher_actor =
    caf::typed_actor<caf::replies_to<m::UpdateCoordinate>::with<m::Done>,
                     // INTERNAL: the next batch is due.
                     caf::reacts_to<m::CoordinateTick>>;

// -- every node --------------------------------------------------------------------

// Where a request goes: this node, the leader, another datacenter. On each io_thread; passes a
// request on so that the answer goes straight to who asked.
using router_actor = caf::typed_actor<
    caf::replies_to<m::KvGet>::with<m::KvEntries>, caf::replies_to<m::KvList>::with<m::KvEntries>,
    caf::replies_to<m::KvKeys>::with<m::KvKeyNames>, caf::replies_to<m::NodesQuery>::with<m::Nodes>,
    caf::replies_to<m::ServicesQuery>::with<m::Services>,
    caf::replies_to<m::ServiceNodesQuery>::with<m::ServiceNodes>,
    caf::replies_to<m::NodeServicesQuery>::with<m::NodeServices>,
    caf::replies_to<m::NodeChecksQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ServiceChecksQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ChecksInStateQuery>::with<m::HealthChecks>,
    caf::replies_to<m::ServiceHealthQuery>::with<m::ServiceHealth>,
    caf::replies_to<m::CaRootsQuery>::with<m::CaRoots>,
    caf::replies_to<m::AutopilotConfigurationQuery>::with<m::AutopilotConfigurations>,
    caf::replies_to<m::AutopilotStateQuery>::with<m::AutopilotState>,
    caf::replies_to<m::RaftServersQuery>::with<m::RaftServerRows>,
    caf::replies_to<m::OperateRaft>::with<m::Done>,
    caf::replies_to<m::SessionInfo>::with<m::Sessions>,
    caf::replies_to<m::NodeSessions>::with<m::Sessions>,
    caf::replies_to<m::SessionList>::with<m::Sessions>,
    caf::replies_to<m::SessionRenew>::with<m::Sessions>,
    caf::replies_to<m::TxnRead>::with<m::TxnReadReply>,
    caf::replies_to<m::Propose>::with<m::CommandResult>,
    caf::replies_to<m::RaftStatusQuery>::with<m::RaftStatus>,
    caf::replies_to<m::DatacentersQuery>::with<m::Datacenters>,
    caf::replies_to<m::CoordinatesQuery>::with<m::Coordinates>,
    caf::replies_to<m::NodeCoordinatesQuery>::with<m::Coordinates>,
    caf::replies_to<m::UpdateCoordinate>::with<m::Done>,
    caf::replies_to<m::PreparedQueriesQuery>::with<m::PreparedQueries>,
    caf::replies_to<m::PreparedQueryGet>::with<m::PreparedQueries>,
    caf::replies_to<m::PreparedQueryExecute>::with<m::PreparedQueryResult>,
    caf::replies_to<m::PreparedQueryExplain>::with<m::PreparedQueryExplained>,
    caf::replies_to<m::DatacenterMapsQuery>::with<m::DatacenterMaps>,
    caf::replies_to<m::OperateKeyrings>::with<m::Keyrings>,
    caf::replies_to<m::FireUserEvent>::with<m::Done>,
    // To whichever actor the query with this ticket was passed.
    caf::reacts_to<m::CancelQuery>>;

// Answers of reads that may be a little old (?cached), kept up to date by blocking queries of its
// own. One a node, on an io_thread.
using request_cache_actor =
    caf::typed_actor<caf::replies_to<m::ServicesQuery>::with<m::Services>,
                     caf::replies_to<m::ServiceNodesQuery>::with<m::ServiceNodes>,
                     caf::replies_to<m::ServiceHealthQuery>::with<m::ServiceHealth>,
                     caf::replies_to<m::CaRootsQuery>::with<m::CaRoots>,
                     caf::replies_to<m::DatacentersQuery>::with<m::Datacenters>,
                     // From the gateway: whoever waits with this ticket is gone.
                     caf::reacts_to<m::CancelQuery>,
                     // INTERNAL: the core's next deadline has come.
                     caf::reacts_to<m::CacheTick>>;

// This node's services and checks, kept on disk, and their way into the catalog (anti-entropy).
// Detached: it writes files.
using local_registry_actor = caf::typed_actor<
    // From the gateway, and from the node for what the configuration names.
    caf::replies_to<m::RegisterService>::with<m::Done>,
    caf::replies_to<m::DeregisterService>::with<m::Done>,
    caf::replies_to<m::RegisterCheck>::with<m::Done>,
    caf::replies_to<m::DeregisterCheck>::with<m::Done>,
    caf::replies_to<m::UpdateTtlCheck>::with<m::Done>,
    caf::replies_to<m::SetMaintenance>::with<m::Done>,
    // From the node, on a reload. Answered at once, like all that the configuration names.
    caf::replies_to<m::ConfiguredDefinitions>::with<m::Done>,
    caf::replies_to<m::LocalServicesQuery>::with<m::LocalServices>,
    caf::replies_to<m::LocalServiceQuery>::with<m::LocalService>,
    caf::replies_to<m::LocalChecksQuery>::with<m::LocalChecks>,
    caf::replies_to<m::LocalHealthQuery>::with<m::LocalHealth>,
    // From a prober: what its check has become.
    caf::reacts_to<m::CheckUpdate>,
    // INTERNAL: a synchronisation, a reaping or a hash wait is due.
    caf::reacts_to<m::RegistryTick>>;

// One check. On an io_thread.
using health_prober_actor = caf::typed_actor<
    // From the registry, for a TTL check: its owner reported.
    caf::reacts_to<m::TtlReport>,
    // From the registry, for an alias of a service or node of this agent: its checks as they are
    // now.
    caf::reacts_to<m::CheckStates>,
    // INTERNAL: the core's next deadline has come.
    caf::reacts_to<m::ProbeTick>>;

// This node in one gossip pool: who is there, who failed, who left. On an io_thread, one a pool.
using gossip_member_actor = caf::typed_actor<
    caf::replies_to<m::MembersQuery>::with<m::Members>,
    caf::replies_to<m::JoinPool>::with<m::PoolJoined>,
    caf::replies_to<m::ForceLeave>::with<m::Done>, caf::replies_to<m::LeavePool>::with<m::Done>,
    caf::replies_to<m::SetTags>::with<m::Done>,
    caf::replies_to<m::KeyringRequest>::with<m::KeyringReply>,
    caf::replies_to<m::OwnCoordinateQuery>::with<m::CoordinateEntry>,
    caf::replies_to<m::PoolCoordinatesQuery>::with<m::PoolCoordinates>,
    caf::replies_to<m::PoolStatsQuery>::with<m::PoolStats>,
    caf::replies_to<m::FireUserEvent>::with<m::Done>,
    caf::replies_to<m::PoolQuery>::with<m::PoolQueryResult>, caf::reacts_to<m::AnswerQuestion>,
    // From now on the sender is sent MemberEvent, UserEvent or PoolQuestion.
    caf::reacts_to<m::SubscribeToMembers>, caf::reacts_to<m::SubscribeToUserEvents>,
    caf::reacts_to<m::SubscribeToQueries>>;

// What concerns more than one pool, or a pool from outside: joins and forced leaves by an operator,
// the keyrings, the map of all datacenters.
using pool_operator_actor =
    caf::typed_actor<caf::replies_to<m::JoinPool>::with<m::PoolJoined>,
                     caf::replies_to<m::ForceLeave>::with<m::Done>,
                     // From the router.
                     caf::replies_to<m::OperateKeyrings>::with<m::Keyrings>,
                     caf::replies_to<m::DatacenterMapsQuery>::with<m::DatacenterMaps>,
                     // Into the pool of this datacenter.
                     caf::replies_to<m::FireUserEvent>::with<m::Done>>;

// The user events that concern this agent: fires them, and keeps the latest that the pool brought.
using event_actor = caf::typed_actor<caf::replies_to<m::FireEvent>::with<m::AgentEvent>,
                                     caf::replies_to<m::EventsQuery>::with<m::AgentEvents>,
                                     // From the gateway: whoever waits with this ticket is gone.
                                     caf::reacts_to<m::CancelQuery>,
                                     // From the gossip_member.
                                     caf::reacts_to<m::UserEvent>,
                                     // INTERNAL: somebody's wait is over.
                                     caf::reacts_to<m::EventTick>>;

// Tells the catalog, now and then, where this node is.
using coordinate_sender_actor = caf::typed_actor<
    // INTERNAL: it is time to.
    caf::reacts_to<m::CoordinateTick>>;

// What this node says of itself: its configuration, its member entry, its counters and metrics, the
// machine under it.
using agent_self_actor =
    caf::typed_actor<caf::replies_to<m::AgentSelfQuery>::with<m::AgentSelf>,
                     caf::replies_to<m::MembersQuery>::with<m::Members>,
                     caf::replies_to<m::AgentMetricsQuery>::with<m::AgentMetrics>,
                     caf::replies_to<m::AgentHostQuery>::with<m::AgentHost>,
                     // INTERNAL: an interval of the metrics is over.
                     caf::reacts_to<m::MetricsTick>>;

// Turns HTTP requests of its io_thread's connections into messages and answers into responses.
using gateway_actor = caf::typed_actor<
    // INTERNAL: time limits are looked at.
    caf::reacts_to<m::GatewayTick>>;

// Turns DNS questions of its io_thread's sockets into messages and answers into packets.
using dns_actor = caf::typed_actor<
    // INTERNAL: time limits are looked at.
    caf::reacts_to<m::DnsTick>>;

// The root of the tree: what is asked of the node as a whole. Detached: it reads files.
using node_actor = caf::typed_actor<
    // Leaves gracefully; the process then ends with exit code 0.
    caf::replies_to<m::LeaveRequest>::with<m::Done>,
    // Reads the configuration again and applies what may change at run time.
    caf::replies_to<m::ReloadRequest>::with<m::Done>>;

}  // namespace troupe::actors
