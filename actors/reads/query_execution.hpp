// What a prepared query is under a name, and which instances of its service it gives. One
// datacenter is all there is: lists to fail over to lead nowhere.
#pragma once

#include <string_view>

#include "messages/query.pb.h"
#include "messages/result.hpp"
#include "storage/transaction.hpp"

namespace troupe::actors::reads {

// By id or name, templates rendered. Unset `query` in the answer: there is none. Fails with
// errc::failed and Consul's text if there is one that cannot be asked so.
struct resolved_query {
  bool known = false;
  messages::PreparedQuery query;
};
messages::result<resolved_query> resolve_query(const storage::read_transaction& txn,
                                               std::string_view id_or_name);

// The healthy instances that the query means: shuffled, then nearest first if it is to be near to
// something, at most as many as the request says.
void execute_query(const storage::read_transaction& txn, const messages::PreparedQuery& query,
                   const messages::PreparedQueryExecute& request,
                   messages::PreparedQueryResult& out);

}  // namespace troupe::actors::reads
