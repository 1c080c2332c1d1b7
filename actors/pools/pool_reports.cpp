#include "actors/pools/pool_reports.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace troupe::actors::pools {

namespace m = messages;

namespace {

m::PoolKeyring report_of(const pool_name& pool) {
  m::PoolKeyring report;
  report.set_wan(pool.wan);
  report.set_datacenter(pool.datacenter);
  return report;
}

std::string error_of(const m::KeyringReply& reply) {
  if (reply.num_errors() != 0)
    return std::to_string(reply.num_errors()) + "/" + std::to_string(reply.num_nodes()) +
           " nodes reported failure";
  if (reply.num_responses() != reply.num_nodes())
    return std::to_string(reply.num_responses()) + "/" + std::to_string(reply.num_nodes()) +
           " nodes reported success";
  return {};
}

}  // namespace

m::PoolKeyring keyring_report(const pool_name& pool, m::KeyringReply reply) {
  auto report = report_of(pool);
  report.set_error(error_of(reply));
  report.set_num_nodes(reply.num_nodes());
  report.mutable_messages()->swap(*reply.mutable_messages());
  report.mutable_keys()->swap(*reply.mutable_keys());
  report.mutable_primary_keys()->swap(*reply.mutable_primary_keys());
  return report;
}

m::PoolKeyring keyring_report(const pool_name& pool, const m::failure& why) {
  auto report = report_of(pool);
  report.set_error(why.detail);
  return report;
}

m::DatacenterMaps datacenter_maps(const m::PoolCoordinates& wan) {
  std::map<std::string, std::map<std::string, const m::CoordinateEntry*>> sorted;
  for (const auto& entry : wan.coordinates()) {
    // A datacenter's name has no dot in it, a node's may.
    const auto dot = entry.node().rfind('.');
    if (dot == std::string::npos || dot == 0)
      continue;
    sorted[entry.node().substr(dot + 1)][entry.node().substr(0, dot)] = &entry;
  }
  m::DatacenterMaps maps;
  for (const auto& [datacenter, nodes] : sorted) {
    auto& map = *maps.add_maps();
    map.set_datacenter(datacenter);
    map.set_area_id("wan");
    for (const auto& [node, entry] : nodes) {
      *map.add_coordinates() = *entry;
      map.mutable_coordinates()->rbegin()->set_node(node);
    }
  }
  return maps;
}

bool has_member(const m::Members& pool, const std::string& name) {
  return std::any_of(pool.members().begin(), pool.members().end(),
                     [&](const auto& member) { return member.name() == name; });
}

}  // namespace troupe::actors::pools
