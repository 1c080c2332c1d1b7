#include "actors/reads/prepared_queries.hpp"

#include "actors/reads/query_execution.hpp"
#include "storage/change_set.hpp"
#include "storage/read_query.hpp"

namespace troupe::actors::reads {

namespace m = messages;
using m::filter::expression;
using storage::read_transaction;

namespace {

constexpr std::uint64_t index_of_none = 1;

watch_interest in_all() {
  return {.topics = {storage::topics::prepared_queries}, .prefixes = {}};
}

}  // namespace

std::uint64_t query<m::PreparedQueriesQuery>::run(const read_transaction& txn,
                                                  const m::PreparedQueriesQuery&, const expression&,
                                                  m::PreparedQueries& out) {
  return storage::read_prepared_queries(txn, out);
}

watch_interest query<m::PreparedQueriesQuery>::interest(const m::PreparedQueriesQuery&,
                                                        const m::PreparedQueries&) {
  return in_all();
}

std::uint64_t query<m::PreparedQueryGet>::run(const read_transaction& txn,
                                              const m::PreparedQueryGet& request, const expression&,
                                              m::PreparedQueries& out) {
  return storage::read_prepared_query(txn, request.id(), out);
}

watch_interest query<m::PreparedQueryGet>::interest(const m::PreparedQueryGet&,
                                                    const m::PreparedQueries&) {
  return in_all();
}

std::uint64_t query<m::PreparedQueryExecute>::run(const read_transaction& txn,
                                                  const m::PreparedQueryExecute& request,
                                                  const expression&, m::PreparedQueryResult& out) {
  const auto found = resolve_query(txn, request.id_or_name());
  if (!found) {
    out.set_refused(found.error().detail);
  } else if (found->known) {
    out.set_known(true);
    execute_query(txn, found->query, request, out);
  }
  return index_of_none;
}

watch_interest query<m::PreparedQueryExecute>::interest(const m::PreparedQueryExecute&,
                                                        const m::PreparedQueryResult&) {
  return {};
}

std::uint64_t query<m::PreparedQueryExplain>::run(const read_transaction& txn,
                                                  const m::PreparedQueryExplain& request,
                                                  const expression&,
                                                  m::PreparedQueryExplained& out) {
  auto found = resolve_query(txn, request.id_or_name());
  if (!found) {
    out.set_refused(found.error().detail);
  } else if (found->known) {
    out.set_known(true);
    *out.mutable_query() = std::move(found->query);
  }
  return index_of_none;
}

watch_interest query<m::PreparedQueryExplain>::interest(const m::PreparedQueryExplain&,
                                                        const m::PreparedQueryExplained&) {
  return {};
}

}  // namespace troupe::actors::reads
