// Prepared queries within one read transaction. Those that fill an answer return the index of its
// result, which is the table's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "messages/query.pb.h"
#include "storage/transaction.hpp"

namespace troupe::storage {

inline bool is_template(const messages::PreparedQuery& query) {
  return !query.template_().type().empty();
}

std::uint64_t read_prepared_queries(const read_transaction& txn, messages::PreparedQueries& out);
// At most one.
std::uint64_t read_prepared_query(const read_transaction& txn, std::string_view id,
                                  messages::PreparedQueries& out);

// By its id, else by its whole name, else the template of the longest prefix of the name, all
// without regard to case.
std::optional<messages::PreparedQuery> find_query_by_id(const read_transaction& txn,
                                                        std::string_view id);
std::optional<messages::PreparedQuery> find_query_by_name(const read_transaction& txn,
                                                          std::string_view name);
std::optional<messages::PreparedQuery> find_query_template(const read_transaction& txn,
                                                           std::string_view name);

}  // namespace troupe::storage
