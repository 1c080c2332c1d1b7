// The queries of sessions, and transactions that only read. These never wait for a change.
#pragma once

#include "actors/reads/query.hpp"
#include "messages/session.pb.h"
#include "messages/txn.pb.h"

namespace troupe::actors::reads {

struct session_query {
  using reply = messages::Sessions;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
};

template <>
struct query<messages::SessionInfo> : session_query {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::SessionInfo& request,
                           const messages::filter::expression&, messages::Sessions& out);
  static watch_interest interest(const messages::SessionInfo& request, const messages::Sessions&);
};

template <>
struct query<messages::NodeSessions> : session_query {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::NodeSessions& request,
                           const messages::filter::expression&, messages::Sessions& out);
  static watch_interest interest(const messages::NodeSessions& request, const messages::Sessions&);
};

template <>
struct query<messages::SessionList> : session_query {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::SessionList& request,
                           const messages::filter::expression&, messages::Sessions& out);
  static watch_interest interest(const messages::SessionList& request, const messages::Sessions&);
};

template <>
struct query<messages::TxnRead> {
  using reply = messages::TxnReadReply;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
  static std::uint64_t run(const storage::read_transaction& txn, const messages::TxnRead& request,
                           const messages::filter::expression&, messages::TxnReadReply& out);
  static watch_interest interest(const messages::TxnRead&, const messages::TxnReadReply&);
};

}  // namespace troupe::actors::reads
