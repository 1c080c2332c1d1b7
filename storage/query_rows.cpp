#include "storage/query_rows.hpp"

#include <vector>

#include "storage/read_query.hpp"

namespace troupe::storage {

using messages::PreparedQuery;

namespace {

void touch_queries(apply_context& batch) {
  batch.bump(index_names::prepared_queries);
  batch.touch(topics::prepared_queries);
}

void erase_references(write_transaction& txn, const PreparedQuery& row) {
  if (!row.name().empty())
    txn.erase<prepared_query_by_name_table>(prepared_query_by_name_table::of_name(row.name()));
  if (is_template(row))
    txn.erase<prepared_query_by_name_table>(prepared_query_by_name_table::of_template(row.name()));
  if (!row.session().empty())
    txn.erase<prepared_query_by_session_table>(
        prepared_query_by_session_table::key(row.session(), row.id()));
}

}  // namespace

void put_query(apply_context& batch, const std::optional<PreparedQuery>& before,
               const PreparedQuery& row) {
  auto& txn = batch.txn();
  if (before)
    erase_references(txn, *before);
  txn.put<prepared_query_table>(prepared_query_table::key(row.id()), row);
  if (!row.name().empty())
    txn.put<prepared_query_by_name_table>(prepared_query_by_name_table::of_name(row.name()),
                                          row.id());
  if (is_template(row))
    txn.put<prepared_query_by_name_table>(prepared_query_by_name_table::of_template(row.name()),
                                          row.id());
  if (!row.session().empty())
    txn.put<prepared_query_by_session_table>(
        prepared_query_by_session_table::key(row.session(), row.id()), {});
  touch_queries(batch);
}

void erase_query(apply_context& batch, const PreparedQuery& row) {
  auto& txn = batch.txn();
  erase_references(txn, row);
  txn.erase<prepared_query_table>(prepared_query_table::key(row.id()));
  touch_queries(batch);
}

void erase_queries_of_session(apply_context& batch, std::string_view session) {
  const auto prefix = prepared_query_by_session_table::of_session(session);
  std::vector<std::string> ids;
  for (auto rows = batch.txn().scan<prepared_query_by_session_table>(prefix); rows.next();)
    ids.emplace_back(rows.key().substr(prefix.size()));
  for (const auto& id : ids) {
    if (const auto row = batch.txn().get<prepared_query_table>(prepared_query_table::key(id)))
      erase_query(batch, *row);
  }
}

}  // namespace troupe::storage
