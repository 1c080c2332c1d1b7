#include "storage/read_query.hpp"

#include "messages/limits.hpp"
#include "storage/read_indexes.hpp"

namespace troupe::storage {

using messages::PreparedQuery;
namespace limits = messages::limits;

namespace {

std::uint64_t table_index(const read_transaction& txn) {
  return largest_index(txn, {index_names::prepared_queries});
}

std::optional<PreparedQuery> named_in(const read_transaction& txn, const std::string& key) {
  const auto id = txn.get<prepared_query_by_name_table>(key);
  return id ? find_query_by_id(txn, *id) : std::nullopt;
}

}  // namespace

std::uint64_t read_prepared_queries(const read_transaction& txn, messages::PreparedQueries& out) {
  for (auto rows = txn.scan<prepared_query_table>(); rows.next();)
    *out.add_queries() = rows.value();
  return table_index(txn);
}

std::uint64_t read_prepared_query(const read_transaction& txn, std::string_view id,
                                  messages::PreparedQueries& out) {
  if (auto found = find_query_by_id(txn, id))
    *out.add_queries() = std::move(*found);
  return table_index(txn);
}

std::optional<PreparedQuery> find_query_by_id(const read_transaction& txn, std::string_view id) {
  if (id.empty())
    return std::nullopt;
  return txn.get<prepared_query_table>(prepared_query_table::key(id));
}

std::optional<PreparedQuery> find_query_by_name(const read_transaction& txn,
                                                std::string_view name) {
  if (name.empty() || name.size() > limits::query_name_bytes_max)
    return std::nullopt;
  return named_in(txn, prepared_query_by_name_table::of_name(name));
}

// One look-up for each length: names are short and templates few, but may be many.
std::optional<PreparedQuery> find_query_template(const read_transaction& txn,
                                                 std::string_view name) {
  if (name.empty() || name.size() > limits::query_name_bytes_max)
    return std::nullopt;
  for (auto bytes = name.size() + 1; bytes-- > 0;) {
    const auto key = prepared_query_by_name_table::of_template(name.substr(0, bytes));
    if (auto found = named_in(txn, key))
      return found;
  }
  return std::nullopt;
}

}  // namespace troupe::storage
