// catalog datacenters, nodes, services.
#include <map>
#include <set>

#include <fmt/format.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "gateway/cli/table.hpp"

namespace troupe::gateway::cli {

namespace {

// Consul's table of services and tags.
constexpr std::size_t tags_gap = 6;
constexpr std::size_t short_id_length = 8;

std::string text_of(const boost::json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

int datacenters(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto answer = client.expect("GET", "/v1/catalog/datacenters");
  if (!answer)
    return failed_request(with, "Error listing datacenters", answer.error());
  for (const auto& name : elements(answer->body))
    with.out(text_of(name) + "\n");
  return 0;
}

void add_node_meta(const std::map<std::string, std::string>& node_meta,
                   api_client::parameters& query) {
  for (const auto& [name, value] : node_meta)
    query.emplace_back("node-meta", name + ":" + value);
}

std::vector<std::string> node_row(const boost::json::object& node, bool detailed) {
  const std::string id = text_at(node, "ID");
  if (!detailed)
    return {text_at(node, "Node"), id.substr(0, short_id_length), text_at(node, "Address"),
            text_at(node, "Datacenter")};
  return {text_at(node, "Node"),
          id,
          text_at(node, "Address"),
          text_at(node, "Datacenter"),
          pairs_of(object_at(node, "TaggedAddresses")),
          pairs_of(object_at(node, "Meta"))};
}

int nodes(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool detailed = false;
  std::string filter;
  std::string near;
  std::string service;
  std::map<std::string, std::string> node_meta;
  api_client client;
  messages::go_flags flags;
  flags.add("detailed", &detailed, "Show addresses and metadata too.")
      .add("filter", &filter, "Expression that a node must match.")
      .add("near", &near, "Sort by round-trip time from this node.")
      .add("node-meta", &node_meta, "Metadata that a node must have; may be repeated.")
      .add("service", &service, "Only nodes that offer this service.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  api_client::parameters query;
  if (!filter.empty())
    query.emplace_back("filter", filter);
  if (!near.empty())
    query.emplace_back("near", near);
  add_node_meta(node_meta, query);
  const std::string path =
      service.empty() ? "/v1/catalog/nodes" : "/v1/catalog/service/" + escape(service, false);
  const auto answer = client.expect("GET", path, query);
  if (!answer)
    return failed_request(with, "Error listing nodes", answer.error());
  std::vector<std::vector<std::string>> rows{{"Node", "ID", "Address", "DC"}};
  if (detailed)
    rows.front().insert(rows.front().end(), {"TaggedAddresses", "Meta"});
  std::set<std::string> seen;  // a service's answer names a node once an instance
  for (const auto& each : elements(answer->body)) {
    auto row = node_row(each.as_object(), detailed);
    if (seen.insert(row.front()).second)
      rows.push_back(std::move(row));
  }
  if (rows.size() == 1) {
    with.err("No nodes match the given query - try expanding your search.\n");
    return 0;
  }
  with.out(table(rows));
  return 0;
}

// Name to its tags, in one text.
using tags_by_service = std::map<std::string, std::string>;

tags_by_service services_of_all(std::string_view body) {
  tags_by_service found;
  for (const auto& pair : object_of(body)) {
    std::set<std::string> tags;
    if (pair.value().is_array()) {
      for (const auto& tag : pair.value().as_array())
        tags.insert(text_of(tag));
    }
    found[std::string(pair.key())] = fmt::format("{}", fmt::join(tags, ","));
  }
  return found;
}

tags_by_service services_of_node(std::string_view body) {
  std::map<std::string, std::set<std::string>> found;
  for (const auto& pair : object_at(object_of(body), "Services")) {
    if (!pair.value().is_object())
      continue;
    const auto& service = pair.value().as_object();
    auto& tags = found[text_at(service, "Service")];
    if (const auto* list = service.if_contains("Tags"); list != nullptr && list->is_array()) {
      for (const auto& tag : list->as_array())
        tags.insert(text_of(tag));
    }
  }
  tags_by_service joined;
  for (const auto& [name, tags] : found)
    joined[name] = fmt::format("{}", fmt::join(tags, ","));
  return joined;
}

int services(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string node;
  bool tags = false;
  std::map<std::string, std::string> node_meta;
  api_client client;
  messages::go_flags flags;
  flags.add("node", &node, "Only services of this node.")
      .add("node-meta", &node_meta, "Metadata that a node must have; may be repeated.")
      .add("tags", &tags, "Show each service's tags too.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  api_client::parameters query;
  add_node_meta(node_meta, query);
  const std::string path =
      node.empty() ? "/v1/catalog/services" : "/v1/catalog/node/" + escape(node, false);
  const auto answer = client.expect("GET", path, query);
  if (!answer)
    return failed_request(with, "Error listing services", answer.error());
  const auto found = node.empty() ? services_of_all(answer->body) : services_of_node(answer->body);
  if (found.empty()) {
    with.err("No services match the given query - try expanding your search.\n");
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, joined] : found)
    rows.push_back(tags ? std::vector<std::string>{name, joined} : std::vector<std::string>{name});
  with.out(table(rows, tags_gap));
  return 0;
}

}  // namespace

std::vector<command> catalog_commands() {
  return {
      {"catalog datacenters", "Lists all known datacenters",
       "Usage: consul catalog datacenters [options]\n\n  Lists the datacenters, nearest first.",
       datacenters},
      {"catalog nodes", "Lists all nodes in the given datacenter",
       "Usage: consul catalog nodes [options]\n\n  Lists the nodes of a datacenter.", nodes},
      {"catalog services", "Lists all registered services in a datacenter",
       "Usage: consul catalog services [options]\n\n  Lists the services of a datacenter.",
       services},
  };
}

}  // namespace troupe::gateway::cli
