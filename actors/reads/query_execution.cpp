#include "actors/reads/query_execution.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "actors/reads/nearest_first.hpp"
#include "messages/query/query_template.hpp"
#include "storage/read_catalog.hpp"
#include "storage/read_query.hpp"

namespace troupe::actors::reads {

namespace m = messages;
using m::errc;
using m::failure;
using m::result;
using storage::folded;
using storage::read_transaction;

namespace {

using instances = google::protobuf::RepeatedPtrField<m::CheckServiceNode>;
using text_map = google::protobuf::Map<std::string, std::string>;

// How far down the agent's own node is looked for, to be put first.
constexpr int own_node_places = 10;

bool has_pairs(const text_map& own, const text_map& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
    const auto found = own.find(pair.first);
    return found != own.end() && found->second == pair.second;
  });
}

// The checks that the query ignores count for nothing.
bool is_healthy(const m::CheckServiceNode& row, const m::QueryService& wanted) {
  const auto& ignored = wanted.ignore_check_ids();
  return std::all_of(row.checks().begin(), row.checks().end(), [&](const m::HealthCheck& check) {
    if (std::find(ignored.begin(), ignored.end(), check.check_id()) != ignored.end())
      return true;
    return wanted.only_passing() ? check.status() == "passing" : check.status() != "critical";
  });
}

// Tags without regard to case; "!tag": it must not be there.
bool has_tags(const m::CheckServiceNode& row, const m::QueryService& wanted) {
  if (wanted.tags().empty())
    return true;
  std::set<std::string> own;
  for (const auto& tag : row.service().tags())
    own.insert(folded(tag));
  return std::all_of(wanted.tags().begin(), wanted.tags().end(), [&](const std::string& tag) {
    const bool excluded = tag.starts_with('!');
    return own.contains(folded(excluded ? tag.substr(1) : tag)) != excluded;
  });
}

void keep_wanted(const m::QueryService& wanted, instances& rows) {
  const auto unwanted = [&](const m::CheckServiceNode& row) {
    return !(is_healthy(row, wanted) && has_pairs(row.node().meta(), wanted.node_meta()) &&
             has_pairs(row.service().meta(), wanted.service_meta()) && has_tags(row, wanted));
  };
  rows.erase(std::remove_if(rows.begin(), rows.end(), unwanted), rows.end());
}

// Fisher and Yates', so that every server's library orders alike for one seed.
void shuffle(instances& rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int left = rows.size(); left > 1; --left)
    rows.SwapElements(left - 1, static_cast<int>(random() % static_cast<std::uint64_t>(left)));
}

std::string node_with_address(const read_transaction& txn, const std::string& address) {
  if (address.empty())
    return {};
  m::Nodes all;
  storage::read_nodes(txn, all);
  for (const auto& node : all.nodes()) {
    if (node.address() == address)
      return node.node();
  }
  return {};
}

// The node to be near to; empty: none.
std::string near_node(const read_transaction& txn, const m::QueryService& wanted,
                      const m::PreparedQueryExecute& request) {
  const auto& asked = request.options().near();
  const auto& near = asked.empty() ? wanted.near() : asked;
  if (near == "_agent")
    return request.agent_node();
  if (near == "_ip")
    return node_with_address(txn, request.source_address());
  return near;
}

// The distance of a node to itself is not always the least that is measured.
void put_first(const std::string& node, instances& rows) {
  for (int i = 0; i < std::min(rows.size(), own_node_places); ++i) {
    if (folded(rows[i].node().node()) == folded(node))
      return rows.SwapElements(0, i);
  }
}

}  // namespace

result<resolved_query> resolve_query(const read_transaction& txn, std::string_view id_or_name) {
  if (auto found = storage::find_query_by_id(txn, id_or_name)) {
    if (storage::is_template(*found))
      return failure{errc::failed,
                     "prepared query templates can only be resolved up by name, not by ID"};
    return resolved_query{true, std::move(*found)};
  }
  auto found = storage::find_query_by_name(txn, id_or_name);
  if (!found)
    found = storage::find_query_template(txn, id_or_name);
  if (!found)
    return resolved_query{};
  if (!storage::is_template(*found))
    return resolved_query{true, std::move(*found)};
  auto rendered = m::query::render_query(*found, id_or_name);
  if (!rendered)
    return rendered.error();
  return resolved_query{true, std::move(*rendered)};
}

void execute_query(const read_transaction& txn, const m::PreparedQuery& query,
                   const m::PreparedQueryExecute& request, m::PreparedQueryResult& out) {
  const auto& wanted = query.service();
  m::ServiceSelection selection;
  selection.set_service(wanted.service());
  selection.set_peer(wanted.peer());
  if (request.connect() || wanted.connect())
    selection.set_by(m::ServiceSelection::CONNECT);
  m::ServiceHealth found;
  storage::read_service_health(txn, selection, found);
  auto& rows = *found.mutable_instances();
  keep_wanted(wanted, rows);
  shuffle(rows, request.shuffle_seed());
  if (const auto near = near_node(txn, wanted, request); !near.empty()) {
    nearest_first(txn, near, rows, [](const auto& row) { return row.node().node(); });
    put_first(near, rows);
  }
  if (request.limit() > 0 && rows.size() > request.limit())
    rows.DeleteSubrange(static_cast<int>(request.limit()),
                        rows.size() - static_cast<int>(request.limit()));
  out.set_service(wanted.service());
  out.mutable_instances()->Swap(&rows);
  *out.mutable_dns() = query.dns();
}

}  // namespace troupe::actors::reads
