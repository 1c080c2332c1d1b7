// What a server refuses of a transaction before it looks at the state, with the texts of Consul
// 1.22.7: every operation's, not only the first. Fills in what an operation leaves open. Pure.
#pragma once

#include <string>

#include "messages/command.pb.h"
#include "messages/txn.pb.h"

namespace troupe::actors::router {

// No errors: it may go on.
messages::TxnOutcome vet_txn(google::protobuf::RepeatedPtrField<messages::TxnOp>& ops,
                             const std::string& own_datacenter);

}  // namespace troupe::actors::router
