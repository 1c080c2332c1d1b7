// operator raft and operator autopilot: looking at a datacenter's servers and changing them.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "gateway/cli/table.hpp"
#include "messages/go_duration.hpp"
#include "messages/go_quote.hpp"

namespace troupe::gateway::cli {

namespace json = boost::json;

namespace {

constexpr auto configuration_path = "/v1/operator/autopilot/configuration";

bool bool_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains({name.data(), name.size()});
  return found != nullptr && found->is_bool() && found->as_bool();
}

std::uint64_t count_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains({name.data(), name.size()});
  boost::system::error_code not_one;
  const auto count = found == nullptr ? 0 : found->to_number<std::uint64_t>(not_one);
  return not_one.failed() ? 0 : count;
}

json::array array_at(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains({name.data(), name.size()});
  return found == nullptr || !found->is_array() ? json::array() : found->as_array();
}

// -- operator raft -------------------------------------------------------------------

// How far behind the leader's last entry, as it was when both were last asked.
std::string distance(const json::object& server, std::uint64_t leaders) {
  if (bool_at(server, "Leader"))
    return "-";
  const auto own = count_at(server, "LastIndex");
  const auto behind = leaders > own ? leaders - own : 0;
  return fmt::format("{} {}", behind, behind == 1 ? "commit" : "commits");
}

std::string table_of_peers(const json::array& servers) {
  std::uint64_t leaders = 0;
  for (const auto& each : servers) {
    if (each.is_object() && bool_at(each.as_object(), "Leader"))
      leaders = count_at(each.as_object(), "LastIndex");
  }
  std::vector<std::vector<std::string>> rows{{"Node", "ID", "Address", "State", "Voter",
                                              "RaftProtocol", "Commit Index", "Trails Leader By"}};
  for (const auto& each : servers) {
    if (!each.is_object())
      continue;
    const auto& server = each.as_object();
    const auto protocol = text_at(server, "ProtocolVersion");
    rows.push_back({text_at(server, "Node"), text_at(server, "ID"), text_at(server, "Address"),
                    bool_at(server, "Leader") ? "leader" : "follower",
                    bool_at(server, "Voter") ? "true" : "false",
                    protocol.empty() ? "<=1" : protocol, number_at(server, "LastIndex"),
                    distance(server, leaders)});
  }
  return table(rows);
}

int list_peers(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto answer = client.expect("GET", "/v1/operator/raft/configuration");
  if (!answer)
    return failed_request(with, "Error getting peers: Failed to retrieve raft configuration",
                          answer.error());
  with.out(table_of_peers(array_at(object_of(answer->body), "Servers")));
  return 0;
}

std::string misuse_of_remove(const std::string& address, const std::string& id) {
  if (address.empty() && id.empty())
    return "an address or id is required for the peer to remove";
  return address.empty() || id.empty() ? "" : "cannot give both an address and id";
}

int remove_peer(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string address;
  std::string id;
  api_client client;
  messages::go_flags flags;
  flags.add("address", &address, "The server's address, IP:port, as list-peers shows it.")
      .add("id", &id, "The server's ID.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (const auto why = misuse_of_remove(address, id); !why.empty()) {
    with.err(fmt::format("Error removing peer: {}\n", why));
    return 1;
  }
  const bool by_address = !address.empty();
  const auto answer = client.expect("DELETE", "/v1/operator/raft/peer",
                                    {{by_address ? "address" : "id", by_address ? address : id}});
  if (!answer)
    return failed_request(with, "Error removing peer", answer.error());
  with.out(by_address ? fmt::format("Removed peer with address {}\n", messages::go_quote(address))
                      : fmt::format("Removed peer with id {}\n", messages::go_quote(id)));
  return 0;
}

int transfer_leader(const command& self, const std::vector<std::string>& args,
                    const terminal& with) {
  std::string id;
  api_client client;
  messages::go_flags flags;
  flags.add("id", &id, "The server that is to lead; without it the one that is furthest.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  api_client::parameters query;
  if (!id.empty())
    query.emplace_back("id", id);
  const auto answer = client.expect("POST", "/v1/operator/raft/transfer-leader", query);
  if (!answer) {
    // The missing colon and letter are what scripts know.
    with.err(fmt::format("Error transfering leadership: Failed to transfer leadership {}\n",
                         answer.error().detail));
    return 1;
  }
  if (!bool_at(object_of(answer->body), "Success")) {
    with.err("Error transfering leadership: Failed to transfer leadership\n");
    return 1;
  }
  with.out("Success\n");
  return 0;
}

// -- operator autopilot, configuration -------------------------------------------------

int get_config(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto answer = client.expect("GET", configuration_path);
  if (!answer)
    return failed_request(with, "Error querying Autopilot configuration", answer.error());
  const auto rules = object_of(answer->body);
  const auto quoted = [&](std::string_view name) {
    return messages::go_quote(text_at(rules, name));
  };
  with.out(
      fmt::format("CleanupDeadServers = {}\n", bool_at(rules, "CleanupDeadServers")) +
      fmt::format("LastContactThreshold = {}\n", text_at(rules, "LastContactThreshold")) +
      fmt::format("MaxTrailingLogs = {}\n", number_at(rules, "MaxTrailingLogs")) +
      fmt::format("MinQuorum = {}\n", number_at(rules, "MinQuorum")) +
      fmt::format("ServerStabilizationTime = {}\n", text_at(rules, "ServerStabilizationTime")) +
      fmt::format("RedundancyZoneTag = {}\n", quoted("RedundancyZoneTag")) +
      fmt::format("DisableUpgradeMigration = {}\n", bool_at(rules, "DisableUpgradeMigration")) +
      fmt::format("UpgradeVersionTag = {}\n", quoted("UpgradeVersionTag")));
  return 0;
}

// What was not given stays as it is.
struct rule_changes {
  std::optional<bool> cleanup_dead_servers;
  std::optional<bool> disable_upgrade_migration;
  std::optional<std::chrono::nanoseconds> last_contact_threshold;
  std::optional<std::chrono::nanoseconds> server_stabilization_time;
  std::optional<std::uint64_t> max_trailing_logs;
  std::optional<std::uint64_t> min_quorum;
  std::optional<std::string> redundancy_zone_tag;
  std::optional<std::string> upgrade_version_tag;

  void add_flags(messages::go_flags& flags) {
    flags
        .add("cleanup-dead-servers", &cleanup_dead_servers,
             "Whether servers that died are taken out of the datacenter.")
        .add("disable-upgrade-migration", &disable_upgrade_migration,
             "Kept for other tools; nothing here acts on it.")
        .add("last-contact-threshold", &last_contact_threshold,
             "A healthy server has heard from the leader within this time.")
        .add("max-trailing-logs", &max_trailing_logs,
             "A healthy server is at most this many log entries behind the leader.")
        .add("min-quorum", &min_quorum, "Dead servers stay where fewer voters would be left.")
        .add("redundancy-zone-tag", &redundancy_zone_tag,
             "Kept for other tools; nothing here acts on it.")
        .add("server-stabilization-time", &server_stabilization_time,
             "How long a server must have been dead before it is taken out.")
        .add("upgrade-version-tag", &upgrade_version_tag,
             "Kept for other tools; nothing here acts on it.");
  }

  void apply_to(json::object& rules) const {
    set(rules, "CleanupDeadServers", cleanup_dead_servers);
    set(rules, "DisableUpgradeMigration", disable_upgrade_migration);
    set(rules, "MaxTrailingLogs", max_trailing_logs);
    set(rules, "MinQuorum", min_quorum);
    set(rules, "RedundancyZoneTag", redundancy_zone_tag);
    set(rules, "UpgradeVersionTag", upgrade_version_tag);
    set(rules, "LastContactThreshold", text_of(last_contact_threshold));
    set(rules, "ServerStabilizationTime", text_of(server_stabilization_time));
  }

 private:
  static std::optional<std::string> text_of(std::optional<std::chrono::nanoseconds> time) {
    return time ? std::optional(messages::to_go_duration(*time)) : std::nullopt;
  }
  template <class Value>
  static void set(json::object& rules, json::string_view name, const std::optional<Value>& value) {
    if (value)
      rules[name] = *value;
  }
};

int set_config(const command& self, const std::vector<std::string>& args, const terminal& with) {
  rule_changes changes;
  api_client client;
  messages::go_flags flags;
  changes.add_flags(flags);
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto current = client.expect("GET", configuration_path);
  if (!current)
    return failed_request(with, "Error querying Autopilot configuration", current.error());
  auto rules = object_of(current->body);
  changes.apply_to(rules);
  // Not over what somebody else has changed since.
  const auto answer =
      client.expect("PUT", configuration_path, {{"cas", number_at(rules, "ModifyIndex")}},
                    json::serialize(rules));
  if (!answer)
    return failed_request(with, "Error setting Autopilot configuration", answer.error());
  if (answer->body.find("true") == std::string::npos) {
    with.out("Configuration could not be atomically updated, please try again\n");
    return 1;
  }
  with.out("Configuration updated!\n");
  return 0;
}

// -- operator autopilot, state ---------------------------------------------------------

std::string text_of_server(const json::object& server) {
  std::string out = fmt::format("   {}\n", text_at(server, "ID"));
  const auto line = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("      {:<17}{}\n", name, value);
  };
  line("Name:", text_at(server, "Name"));
  line("Address:", text_at(server, "Address"));
  line("Version:", text_at(server, "Version"));
  line("Status:", text_at(server, "Status"));
  line("Node Type:", text_at(server, "NodeType"));
  line("Node Status:", text_at(server, "NodeStatus"));
  line("Healthy:", bool_at(server, "Healthy") ? "true" : "false");
  line("Last Contact:", text_at(server, "LastContact"));
  line("Last Term:", number_at(server, "LastTerm"));
  line("Last Index:", number_at(server, "LastIndex"));
  if (bool_at(server, "ReadReplica"))
    line("Read Replica:", "true");
  std::map<std::string, std::string> sorted;
  const auto meta = object_at(server, "Meta");
  for (const auto& each : meta)
    sorted[std::string(each.key())] = text_at(meta, std::string_view(each.key()));
  if (!sorted.empty())
    out += "      Meta\n";
  for (const auto& [key, value] : sorted)
    out += fmt::format("         {}: {}\n", messages::go_quote(key), messages::go_quote(value));
  return out;
}

std::string list_of_ids(std::string_view title, const json::array& ids) {
  std::string out = fmt::format("{}:\n", title);
  for (const auto& each : ids) {
    if (each.is_string())
      out += fmt::format("   {}\n", std::string_view(each.as_string()));
  }
  return out;
}

std::string text_of_state(const json::object& state) {
  std::string out;
  const auto line = [&out](std::string_view name, std::string_view value) {
    out += fmt::format("{:<30}{}\n", name, value);
  };
  line("Healthy:", bool_at(state, "Healthy") ? "true" : "false");
  line("Failure Tolerance:", number_at(state, "FailureTolerance"));
  line("Optimistic Failure Tolerance:", number_at(state, "OptimisticFailureTolerance"));
  line("Leader:", text_at(state, "Leader"));
  out += list_of_ids("Voters", array_at(state, "Voters"));
  if (const auto replicas = array_at(state, "ReadReplicas"); !replicas.empty())
    out += list_of_ids("Read Replicas", replicas);
  std::map<std::string, std::string> sorted;
  const auto servers = object_at(state, "Servers");
  for (const auto& each : servers) {
    if (each.value().is_object())
      sorted[std::string(each.key())] = text_of_server(each.value().as_object());
  }
  out += "Servers:\n";
  for (const auto& [id, text] : sorted)
    out += text;
  return out;
}

int state(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string format = "pretty";
  api_client client;
  messages::go_flags flags;
  flags.add("format", &format, "Output format {pretty|json}");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const bool is_json = format == "json";
  api_client::parameters query;
  if (is_json)
    query.emplace_back("pretty", "");
  const auto answer = client.expect("GET", "/v1/operator/autopilot/state", query);
  if (!answer)
    return failed_request(with, "Error querying Autopilot state", answer.error());
  if (!is_json && format != "pretty") {
    with.err(fmt::format("Unknown format: {}\n", format));
    return 1;
  }
  if (!is_json) {
    with.out(text_of_state(object_of(answer->body)) + "\n");
    return 0;
  }
  const auto end = answer->body.find_last_not_of('\n');
  with.out(answer->body.substr(0, end == std::string::npos ? 0 : end + 1) + "\n");
  return 0;
}

}  // namespace

std::vector<command> operator_commands() {
  return {
      {"operator raft list-peers", "Display the current Raft peer configuration",
       "Usage: consul operator raft list-peers [options]\n\n"
       "  Shows the servers that Raft knows, and how far each one's log is.",
       list_peers},
      {"operator raft remove-peer", "Remove a Consul server from the Raft configuration",
       "Usage: consul operator raft remove-peer [options]\n\n"
       "  Takes a server out of Raft that is gone for good. While it is still a member,\n"
       "  \"consul force-leave\" is the better way.",
       remove_peer},
      {"operator raft transfer-leader", "Transfer raft leadership to another node",
       "Usage: consul operator raft transfer-leader [options]\n\n"
       "  Lets another server lead.",
       transfer_leader},
      {"operator autopilot get-config", "Display the current Autopilot configuration",
       "Usage: consul operator autopilot get-config [options]\n\n"
       "  Shows by what rules the servers are looked after.",
       get_config},
      {"operator autopilot set-config", "Modify the current Autopilot configuration",
       "Usage: consul operator autopilot set-config [options]\n\n"
       "  Changes the rules that are given and leaves the others.",
       set_config},
      {"operator autopilot state", "Display the current Autopilot state",
       "Usage: consul operator autopilot state [options]\n\n"
       "  Shows how each server does and how many may fail.",
       state},
  };
}

}  // namespace troupe::gateway::cli
