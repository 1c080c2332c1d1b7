#include "actors/reads/session_queries.hpp"

#include "storage/change_set.hpp"
#include "storage/read_session.hpp"
#include "storage/read_txn.hpp"

namespace troupe::actors::reads {

using messages::NodeSessions;
using messages::SessionInfo;
using messages::SessionList;
using messages::Sessions;
using messages::TxnRead;
using messages::TxnReadReply;
using messages::filter::expression;
using storage::read_transaction;

std::uint64_t query<SessionInfo>::run(const read_transaction& txn, const SessionInfo& request,
                                      const expression&, Sessions& out) {
  return storage::read_session(txn, request.id(), out);
}

watch_interest query<SessionInfo>::interest(const SessionInfo& request, const Sessions&) {
  return {.topics = {storage::topics::session(request.id())}, .prefixes = {}};
}

std::uint64_t query<NodeSessions>::run(const read_transaction& txn, const NodeSessions& request,
                                       const expression&, Sessions& out) {
  return storage::read_node_sessions(txn, request.node(), out);
}

watch_interest query<NodeSessions>::interest(const NodeSessions& request, const Sessions&) {
  return {.topics = {storage::topics::sessions_of_node(request.node())}, .prefixes = {}};
}

std::uint64_t query<SessionList>::run(const read_transaction& txn, const SessionList&,
                                      const expression&, Sessions& out) {
  return storage::read_sessions(txn, out);
}

watch_interest query<SessionList>::interest(const SessionList&, const Sessions&) {
  return {.topics = {storage::topics::sessions}, .prefixes = {}};
}

// The answer is of no one table: Consul 1.22.7 gives the index 1 with it.
std::uint64_t query<TxnRead>::run(const read_transaction& txn, const TxnRead& request,
                                  const expression&, TxnReadReply& out) {
  storage::read_txn(txn, request.ops(), *out.mutable_outcome());
  return 1;
}

watch_interest query<TxnRead>::interest(const TxnRead&, const TxnReadReply&) {
  return {};
}

}  // namespace troupe::actors::reads
