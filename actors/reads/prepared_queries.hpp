// The queries about prepared queries. Listing and reading them may block; executing and explaining
// one never does, and its index is always 1, as in Consul 1.22.7.
#pragma once

#include "actors/reads/query.hpp"
#include "messages/query.pb.h"

namespace troupe::actors::reads {

template <class Reply>
struct prepared_query_read {
  using reply = Reply;
  static const google::protobuf::Descriptor* filter_root() { return nullptr; }
};

template <>
struct query<messages::PreparedQueriesQuery> : prepared_query_read<messages::PreparedQueries> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::PreparedQueriesQuery&,
                           const messages::filter::expression&, messages::PreparedQueries& out);
  static watch_interest interest(const messages::PreparedQueriesQuery&,
                                 const messages::PreparedQueries&);
};

template <>
struct query<messages::PreparedQueryGet> : prepared_query_read<messages::PreparedQueries> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::PreparedQueryGet& request,
                           const messages::filter::expression&, messages::PreparedQueries& out);
  static watch_interest interest(const messages::PreparedQueryGet&,
                                 const messages::PreparedQueries&);
};

template <>
struct query<messages::PreparedQueryExecute> : prepared_query_read<messages::PreparedQueryResult> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::PreparedQueryExecute& request,
                           const messages::filter::expression&, messages::PreparedQueryResult& out);
  static watch_interest interest(const messages::PreparedQueryExecute&,
                                 const messages::PreparedQueryResult&);
};

template <>
struct query<messages::PreparedQueryExplain>
    : prepared_query_read<messages::PreparedQueryExplained> {
  static std::uint64_t run(const storage::read_transaction& txn,
                           const messages::PreparedQueryExplain& request,
                           const messages::filter::expression&,
                           messages::PreparedQueryExplained& out);
  static watch_interest interest(const messages::PreparedQueryExplain&,
                                 const messages::PreparedQueryExplained&);
};

}  // namespace troupe::actors::reads
