// The verbs of transactions: which there are, and which of them change nothing.
#pragma once

#include <string_view>

#include "messages/txn.pb.h"

namespace troupe::messages {

bool is_kv_verb(std::string_view verb);
// Of nodes, services and checks: get, set, cas, delete, delete-cas.
bool is_catalog_verb(std::string_view verb);

// Whether the operation changes nothing. One with an unknown verb is a read of the store and a
// change of the catalog, as in Consul 1.22.7.
bool only_reads(const TxnOp& op);

}  // namespace troupe::messages
