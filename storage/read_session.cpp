#include "storage/read_session.hpp"

#include "storage/read_indexes.hpp"
#include "storage/tables.hpp"

namespace troupe::storage {

using messages::Sessions;

namespace {

std::uint64_t table_index(const read_transaction& txn) {
  return largest_index(txn, {index_names::sessions});
}

}  // namespace

std::optional<messages::Session> find_session(const read_transaction& txn, std::string_view id) {
  return id.empty() ? std::nullopt : txn.get<session_table>(session_table::key(id));
}

std::uint64_t read_session(const read_transaction& txn, std::string_view id, Sessions& out) {
  if (auto found = find_session(txn, id))
    *out.add_sessions() = std::move(*found);
  return table_index(txn);
}

std::uint64_t read_node_sessions(const read_transaction& txn, std::string_view node,
                                 Sessions& out) {
  const auto prefix = session_by_node_table::of_node(node);
  for (auto rows = txn.scan<session_by_node_table>(prefix); rows.next();) {
    if (auto found = find_session(txn, rows.key().substr(prefix.size())))
      *out.add_sessions() = std::move(*found);
  }
  return table_index(txn);
}

std::uint64_t read_sessions(const read_transaction& txn, Sessions& out) {
  for (auto rows = txn.scan<session_table>(); rows.next();)
    *out.add_sessions() = rows.value();
  return table_index(txn);
}

}  // namespace troupe::storage
