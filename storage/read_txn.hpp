// The operations of a transaction that only read. They are the same within a Txn of the log, where
// they see what the operations before them wrote, and in a TxnRead.
#pragma once

#include <optional>
#include <string>

#include "messages/txn.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

// Adds to `out`. Why the operation failed; empty: it did not.
std::string run_read(const transaction& txn, const messages::TxnOp& op, messages::TxnOutcome& out);

// All of them; errors leave no results.
void read_txn(const read_transaction& txn,
              const google::protobuf::RepeatedPtrField<messages::TxnOp>& ops,
              messages::TxnOutcome& out);

// A failed operation in `out`.
void add_txn_error(messages::TxnOutcome& out, int op_index, std::string why);

// The node of an operation: by its id if it names one, else by its name.
std::optional<messages::Node> txn_node(const transaction& txn, const messages::Node& named);

}  // namespace troupe::storage
