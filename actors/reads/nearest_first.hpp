// ?near=: rows in the order of their nodes' distance from one node. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "messages/coordinate_distance.hpp"
#include "storage/read_coordinate.hpp"

namespace troupe::actors::reads {

// Sorts the rows by the distance of the node that node_of(row) names. Rows of one distance keep
// their order, and those of nodes that have no coordinate stand last. Without a name to be near to,
// or if that node has none itself, nothing is moved.
template <class Row, class NodeOf>
void nearest_first(const storage::read_transaction& txn, const std::string& near,
                   google::protobuf::RepeatedPtrField<Row>& rows, NodeOf node_of) {
  if (near.empty() || rows.size() < 2)
    return;
  const auto from = storage::find_coordinate(txn, near);
  if (!from)
    return;
  using distance = std::chrono::nanoseconds;
  std::map<std::string, distance> known;
  const auto distance_to = [&](const std::string& node) {
    const auto [found, is_new] = known.try_emplace(node, distance::max());
    if (is_new) {
      if (const auto there = storage::find_coordinate(txn, node))
        found->second = messages::distance(*from, *there).value_or(distance::max());
    }
    return found->second;
  };
  std::vector<std::pair<distance, int>> order;
  order.reserve(static_cast<std::size_t>(rows.size()));
  for (int i = 0; i < rows.size(); ++i)
    order.emplace_back(distance_to(node_of(rows[i])), i);
  std::sort(order.begin(), order.end());  // of one distance: by place, so they keep their order
  google::protobuf::RepeatedPtrField<Row> sorted;
  sorted.Reserve(rows.size());
  for (const auto& [away, place] : order)
    sorted.Add(std::move(rows[place]));
  rows.Swap(&sorted);
}

}  // namespace troupe::actors::reads
