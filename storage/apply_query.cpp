// The commands of prepared queries. What a definition may say was decided before the log; here
// stands what depends on other queries and on sessions. Refusals are the whole texts that clients
// are told.
#include "storage/query_rows.hpp"
#include "storage/read_query.hpp"

namespace troupe::storage {

using messages::CommandResult;
using messages::PreparedQuery;

namespace {

constexpr const char* refused_by_state = "raft apply failed: ";

CommandResult refused_as_unknown(const std::string& id) {
  return refused("Cannot modify non-existent prepared query: '" + id + "'");
}

bool is_anothers(const transaction& txn, const std::string& key, const std::string& own_id) {
  const auto id = txn.get<prepared_query_by_name_table>(key);
  return id && folded(*id) != folded(own_id);
}

// Why the query cannot be; empty: it can.
std::string conflict(const transaction& txn, const PreparedQuery& query) {
  const auto& name = query.name();
  if (name.empty()) {
    if (is_template(query) &&
        is_anothers(txn, prepared_query_by_name_table::of_template({}), query.id()))
      return "a query template with an empty name already exists";
  } else if (is_anothers(txn, prepared_query_by_name_table::of_name(name), query.id())) {
    return "name '" + name + "' aliases an existing query name";
  } else if (txn.contains<prepared_query_table>(prepared_query_table::key(name))) {
    return "name '" + name + "' aliases an existing query ID";
  }
  if (!query.session().empty() && !txn.contains<session_table>(session_table::key(query.session())))
    return "invalid session \"" + query.session() + "\"";
  return {};
}

}  // namespace

CommandResult apply_query_set(apply_context& batch, messages::PreparedQuerySet command) {
  const auto& txn = batch.txn();
  auto& query = *command.mutable_query();
  if (query.id().empty())
    return refused("Missing query ID");
  const auto before = txn.get<prepared_query_table>(prepared_query_table::key(query.id()));
  if (!command.create() && !before)
    return refused_as_unknown(query.id());
  if (auto why = conflict(txn, query); !why.empty())
    return refused(refused_by_state + std::move(why));
  query.set_create_index(before ? before->create_index() : batch.log_index());
  query.set_modify_index(batch.log_index());
  put_query(batch, before, query);
  auto outcome = done();
  outcome.set_query_id(query.id());
  return outcome;
}

CommandResult apply_query_delete(apply_context& batch, const std::string& id) {
  const auto row = id.empty()
                       ? std::nullopt
                       : batch.txn().get<prepared_query_table>(prepared_query_table::key(id));
  if (!row)
    return refused_as_unknown(id);
  erase_query(batch, *row);
  return done();
}

}  // namespace troupe::storage
