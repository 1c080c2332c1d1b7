// Queries of sessions within one read transaction. Each fills the answer and returns the index of
// its result, which is the table's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/session.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

std::optional<messages::Session> find_session(const read_transaction& txn, std::string_view id);

// At most one.
std::uint64_t read_session(const read_transaction& txn, std::string_view id,
                           messages::Sessions& out);
std::uint64_t read_node_sessions(const read_transaction& txn, std::string_view node,
                                 messages::Sessions& out);
std::uint64_t read_sessions(const read_transaction& txn, messages::Sessions& out);

}  // namespace troupe::storage
