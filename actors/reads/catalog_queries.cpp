#include "actors/reads/catalog_queries.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "actors/reads/nearest_first.hpp"
#include "storage/change_set.hpp"
#include "storage/read_autopilot.hpp"
#include "storage/read_catalog.hpp"

namespace troupe::actors::reads {

namespace m = messages;
namespace topics = storage::topics;
using m::filter::expression;
using storage::read_transaction;

namespace {

using meta_map = google::protobuf::Map<std::string, std::string>;

// Whether a node carries every pair that ?node-meta= names.
bool has_pairs(const meta_map& own, const meta_map& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& pair) {
    const auto found = own.find(pair.first);
    return found != own.end() && found->second == pair.second;
  });
}

template <class Row, class Predicate>
void keep_if(google::protobuf::RepeatedPtrField<Row>& rows, const Predicate& wanted) {
  const auto rest =
      std::remove_if(rows.begin(), rows.end(), [&](const Row& row) { return !wanted(row); });
  rows.erase(rest, rows.end());
}

// Checks by the meta of their nodes.
void keep_checks(const read_transaction& txn, const m::ReadOptions& options,
                 const expression& filter, m::HealthChecks& out) {
  std::map<std::string, bool> nodes_wanted;
  const auto node_wanted = [&](const std::string& node) {
    if (options.node_meta().empty())
      return true;
    auto known = nodes_wanted.find(node);
    if (known == nodes_wanted.end()) {
      const bool wanted = has_pairs(storage::read_node(txn, node).meta(), options.node_meta());
      known = nodes_wanted.emplace(node, wanted).first;
    }
    return known->second;
  };
  keep_if(*out.mutable_checks(), [&](const m::HealthCheck& check) {
    return node_wanted(check.node()) && filter.matches(check);
  });
  nearest_first(txn, options.near(), *out.mutable_checks(),
                [](const m::HealthCheck& check) { return check.node(); });
}

watch_interest in_topics(std::vector<std::string> all) {
  return {.topics = std::move(all), .prefixes = {}};
}

// A query that looks at nodes too once it is told ?node-meta=.
watch_interest in_topic(const std::string& topic, const m::ReadOptions& options) {
  if (options.node_meta().empty())
    return in_topics({topic});
  return in_topics({topic, topics::nodes});
}

watch_interest in_selection(const m::ServiceSelection& selection) {
  if (selection.by() == m::ServiceSelection::NAME)
    return in_topics({topics::service(selection.service())});
  return in_topics({topics::connect(selection.service())});
}

bool is_passing(const m::CheckServiceNode& instance) {
  return std::all_of(instance.checks().begin(), instance.checks().end(),
                     [](const auto& check) { return check.status() == "passing"; });
}

// The filter of a list of services speaks of instances: a service stays if one of its instances
// does, with the tags of those that do.
void keep_services(const read_transaction& txn, const m::ReadOptions& options,
                   const expression& filter, m::Services& out) {
  m::Services kept;
  for (const auto& [name, unfiltered] : out.services()) {
    m::ServiceSelection selection;
    selection.set_service(name);
    m::ServiceNodes instances;
    storage::read_service_nodes(txn, selection, instances);
    std::set<std::string> tags;
    bool any = false;
    for (const auto& row : instances.nodes()) {
      // Names that differ in case alone are found together, and are two services here.
      if (row.service_name() != name || !has_pairs(row.node_meta(), options.node_meta()) ||
          !filter.matches(row))
        continue;
      any = true;
      tags.insert(row.service_tags().begin(), row.service_tags().end());
    }
    if (any)
      (*kept.mutable_services())[name].mutable_tags()->Assign(tags.begin(), tags.end());
  }
  out = std::move(kept);
}

}  // namespace

// -- nodes ----------------------------------------------------------------------

std::uint64_t query<m::NodesQuery>::run(const read_transaction& txn, const m::NodesQuery& request,
                                        const expression& filter, m::Nodes& out) {
  const auto found_at = storage::read_nodes(txn, out);
  keep_if(*out.mutable_nodes(), [&](const m::Node& node) {
    return has_pairs(node.meta(), request.options().node_meta()) && filter.matches(node);
  });
  nearest_first(txn, request.options().near(), *out.mutable_nodes(),
                [](const m::Node& node) { return node.node(); });
  return found_at;
}

watch_interest query<m::NodesQuery>::interest(const m::NodesQuery&, const m::Nodes&) {
  return in_topics({topics::nodes});
}

std::uint64_t query<m::NodeServicesQuery>::run(const read_transaction& txn,
                                               const m::NodeServicesQuery& request,
                                               const expression& filter, m::NodeServices& out) {
  const auto found_at = storage::read_node_services(txn, request.node(), out);
  keep_if(*out.mutable_services(),
          [&](const m::NodeService& service) { return filter.matches(service); });
  return found_at;
}

watch_interest query<m::NodeServicesQuery>::interest(const m::NodeServicesQuery& request,
                                                     const m::NodeServices& answer) {
  if (storage::folded(answer.node().node()) == storage::folded(request.node()))
    return in_topics({topics::node(request.node())});
  // Not known by this name: found, or still to be found, by its id, under whatever name.
  return in_topics({topics::node(request.node()), topics::nodes, topics::services});
}

// -- services -----------------------------------------------------------------------

std::uint64_t query<m::ServicesQuery>::run(const read_transaction& txn,
                                           const m::ServicesQuery& request,
                                           const expression& filter, m::Services& out) {
  const auto& options = request.options();
  const auto found_at = storage::read_services(txn, options.node_meta(), out);
  if (!options.filter().empty())
    keep_services(txn, options, filter, out);
  return found_at;
}

watch_interest query<m::ServicesQuery>::interest(const m::ServicesQuery& request,
                                                 const m::Services&) {
  return in_topic(topics::services, request.options());
}

std::uint64_t query<m::ServiceNodesQuery>::run(const read_transaction& txn,
                                               const m::ServiceNodesQuery& request,
                                               const expression& filter, m::ServiceNodes& out) {
  const auto found_at = storage::read_service_nodes(txn, request.selection(), out);
  keep_if(*out.mutable_nodes(), [&](const m::ServiceNode& row) {
    return has_pairs(row.node_meta(), request.options().node_meta()) && filter.matches(row);
  });
  nearest_first(txn, request.options().near(), *out.mutable_nodes(),
                [](const m::ServiceNode& row) { return row.node(); });
  return found_at;
}

watch_interest query<m::ServiceNodesQuery>::interest(const m::ServiceNodesQuery& request,
                                                     const m::ServiceNodes&) {
  return in_selection(request.selection());
}

// -- health ---------------------------------------------------------------------------

std::uint64_t query<m::ServiceHealthQuery>::run(const read_transaction& txn,
                                                const m::ServiceHealthQuery& request,
                                                const expression& filter, m::ServiceHealth& out) {
  const auto found_at = storage::read_service_health(txn, request.selection(), out);
  keep_if(*out.mutable_instances(), [&](const m::CheckServiceNode& instance) {
    return has_pairs(instance.node().meta(), request.options().node_meta()) &&
           (!request.only_passing() || is_passing(instance)) && filter.matches(instance);
  });
  nearest_first(txn, request.options().near(), *out.mutable_instances(),
                [](const m::CheckServiceNode& instance) { return instance.node().node(); });
  return found_at;
}

watch_interest query<m::ServiceHealthQuery>::interest(const m::ServiceHealthQuery& request,
                                                      const m::ServiceHealth&) {
  return in_selection(request.selection());
}

std::uint64_t query<m::NodeChecksQuery>::run(const read_transaction& txn,
                                             const m::NodeChecksQuery& request,
                                             const expression& filter, m::HealthChecks& out) {
  const auto found_at = storage::read_node_checks(txn, request.node(), out);
  keep_if(*out.mutable_checks(), [&](const auto& check) { return filter.matches(check); });
  return found_at;
}

watch_interest query<m::NodeChecksQuery>::interest(const m::NodeChecksQuery& request,
                                                   const m::HealthChecks&) {
  return in_topics({topics::node(request.node())});
}

std::uint64_t query<m::ServiceChecksQuery>::run(const read_transaction& txn,
                                                const m::ServiceChecksQuery& request,
                                                const expression& filter, m::HealthChecks& out) {
  const auto found_at = storage::read_service_checks(txn, request.service(), out);
  if (!request.peer().empty())
    out.clear_checks();  // nothing is imported from a peer
  keep_checks(txn, request.options(), filter, out);
  return found_at;
}

watch_interest query<m::ServiceChecksQuery>::interest(const m::ServiceChecksQuery& request,
                                                      const m::HealthChecks&) {
  return in_topic(topics::service(request.service()), request.options());
}

std::uint64_t query<m::ChecksInStateQuery>::run(const read_transaction& txn,
                                                const m::ChecksInStateQuery& request,
                                                const expression& filter, m::HealthChecks& out) {
  const auto found_at = storage::read_checks_in_state(txn, request.state(), out);
  keep_checks(txn, request.options(), filter, out);
  return found_at;
}

watch_interest query<m::ChecksInStateQuery>::interest(const m::ChecksInStateQuery& request,
                                                      const m::HealthChecks&) {
  return in_topic(topics::checks, request.options());
}

// -- autopilot -------------------------------------------------------------------------

std::uint64_t query<m::AutopilotConfigurationQuery>::run(const read_transaction& txn,
                                                         const m::AutopilotConfigurationQuery&,
                                                         const expression&,
                                                         m::AutopilotConfigurations& out) {
  return storage::read_autopilot(txn, out);
}

watch_interest query<m::AutopilotConfigurationQuery>::interest(
    const m::AutopilotConfigurationQuery&, const m::AutopilotConfigurations&) {
  return in_topics({topics::autopilot});
}

// -- certificate authority --------------------------------------------------------------

std::uint64_t query<m::CaRootsQuery>::run(const read_transaction& txn, const m::CaRootsQuery&,
                                          const expression&, m::CaRoots& out) {
  return storage::read_ca_roots(txn, out);
}

watch_interest query<m::CaRootsQuery>::interest(const m::CaRootsQuery&, const m::CaRoots&) {
  return in_topics({topics::ca_roots});
}

}  // namespace troupe::actors::reads
