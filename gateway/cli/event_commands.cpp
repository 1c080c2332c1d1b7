// event, rtt.
#include <optional>

#include <fmt/format.h>
#include <strings.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "messages/coordinate_distance.hpp"
#include "messages/go_quote.hpp"
#include "messages/json_codec.hpp"

namespace troupe::gateway::cli {

namespace {

int event(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string name;
  std::string node;
  std::string service;
  std::string tag;
  api_client client;
  messages::go_flags flags;
  flags.add("name", &name, "Name of the event.")
      .add("node", &node, "Regular expression for the nodes that are meant.")
      .add("service", &service, "Regular expression for the services of nodes that are meant.")
      .add("tag", &tag, "Regular expression for tags of these services.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (name.empty())
    return wrong_words(self, flags, "Event name must be specified", with);
  if (flags.rest().size() > 1)
    return wrong_words(self, flags, "Too many command line arguments.", with);
  api_client::parameters query;
  for (const auto& [parameter, value] :
       {std::pair{"node", &node}, std::pair{"service", &service}, std::pair{"tag", &tag}}) {
    if (!value->empty())
      query.emplace_back(parameter, *value);
  }
  const std::string payload = flags.rest().empty() ? "" : flags.rest().front();
  const auto answer = client.expect("PUT", "/v1/event/fire/" + escape(name, false), query, payload);
  if (!answer)
    return failed_request(with, "Error firing event", answer.error());
  with.out(fmt::format("Event ID: {}\n", text_at(object_of(answer->body), "ID")));
  return 0;
}

// -- rtt -----------------------------------------------------------------------

using coordinate = std::optional<messages::Coordinate>;

bool same_name(const std::string& a, const std::string& b) {
  return strcasecmp(a.c_str(), b.c_str()) == 0;
}

// That of a node in a list of entries.
coordinate coordinate_of(const std::vector<boost::json::value>& entries, const std::string& node) {
  for (const auto& each : entries) {
    if (!each.is_object() || !same_name(text_at(each.as_object(), "Node"), node))
      continue;
    messages::Coordinate found;
    const auto text = boost::json::serialize(object_at(each.as_object(), "Coord"));
    if (messages::from_json(text, found, {.ignore_unknown = true}))
      return found;
  }
  return std::nullopt;
}

// That of `node.datacenter` in the datacenters' maps.
coordinate wan_coordinate_of(const std::vector<boost::json::value>& maps, const std::string& name) {
  const auto dot = name.find('.');
  for (const auto& each : maps) {
    if (!each.is_object() || text_at(each.as_object(), "Datacenter") != name.substr(dot + 1))
      continue;
    const auto* listed = each.as_object().if_contains("Coordinates");
    if (listed == nullptr || !listed->is_array())
      continue;
    const auto& entries = listed->as_array();
    if (auto found = coordinate_of({entries.begin(), entries.end()}, name.substr(0, dot)))
      return found;
  }
  return std::nullopt;
}

messages::result<std::string> own_name(const api_client& client, bool wan) {
  const auto self = client.expect("GET", "/v1/agent/self");
  if (!self)
    return self.error();
  const auto config = object_at(object_of(self->body), "Config");
  const auto name = text_at(config, "NodeName");
  return wan ? name + "." + text_at(config, "Datacenter") : name;
}

int show_rtt(const std::vector<std::string>& nodes, const std::vector<coordinate>& at, bool wan,
             const terminal& with) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!at[i]) {
      with.err(
          fmt::format("Could not find a coordinate for node {}\n", messages::go_quote(nodes[i])));
      return 1;
    }
  }
  const auto rtt = messages::distance(*at[0], *at[1]);
  if (!rtt) {
    with.err("The nodes' coordinates cannot be compared\n");
    return 1;
  }
  const std::chrono::duration<double, std::milli> rtt_ms = *rtt;
  with.out(fmt::format("Estimated {} <-> {} rtt: {:.3f} ms (using {} coordinates)\n", nodes[0],
                       nodes[1], rtt_ms.count(), wan ? "WAN" : "LAN"));
  return 0;
}

int rtt(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool wan = false;
  api_client client;
  messages::go_flags flags;
  flags.add("wan", &wan, "By the servers' coordinates; nodes are named NODE.DATACENTER.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  auto nodes = flags.rest();
  if (nodes.empty() || nodes.size() > 2)
    return wrong_words(self, flags, "One or two node names must be specified", with);
  if (nodes.size() == 1) {
    auto own = own_name(client, wan);
    if (!own)
      return failed_request(with, "Unable to look up agent info", own.error());
    nodes.push_back(std::move(*own));
  }
  for (const auto& each : nodes) {
    if (wan && std::count(each.begin(), each.end(), '.') != 1) {
      with.err("Node names must be specified as <node name>.<datacenter> with -wan\n");
      return 1;
    }
  }
  const auto answer =
      client.expect("GET", wan ? "/v1/coordinate/datacenters" : "/v1/coordinate/nodes");
  if (!answer)
    return failed_request(with, "Error getting coordinates", answer.error());
  const auto listed = elements(answer->body);
  std::vector<coordinate> at;
  for (const auto& each : nodes)
    at.push_back(wan ? wan_coordinate_of(listed, each) : coordinate_of(listed, each));
  return show_rtt(nodes, at, wan, with);
}

}  // namespace

std::vector<command> event_commands() {
  return {
      {"event", "Fire a new event",
       "Usage: consul event [options] -name NAME [PAYLOAD]\n\n"
       "  Fires an event that every agent of a datacenter gets.",
       event},
      {"rtt", "Estimates network round trip time between nodes",
       "Usage: consul rtt [options] NODE1 [NODE2]\n\n"
       "  Estimates the round-trip time from one node to another, or to the agent's own.",
       rtt},
  };
}

}  // namespace troupe::gateway::cli
