// members, info, leave, reload, monitor, version.
#include <csignal>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <re2/re2.h>

#include "gateway/cli/api_client.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/cli/json_text.hpp"
#include "gateway/cli/table.hpp"
#include "messages/version.hpp"

namespace troupe::gateway::cli {

namespace {

// `members` has a code of its own for "nothing matched".
constexpr int no_member_matched = 2;

std::string status_word(const std::string& number) {
  static const std::map<std::string, std::string> words{
      {"0", "none"}, {"1", "alive"}, {"2", "leaving"}, {"3", "left"}, {"4", "failed"}};
  const auto found = words.find(number);
  return found == words.end() ? number : found->second;
}

std::string address_of(const boost::json::object& member) {
  const std::string address = text_at(member, "Addr");
  const bool v6 = address.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", number_at(member, "Port"));
}

std::vector<std::string> short_row(const boost::json::object& member) {
  const auto tags = object_at(member, "Tags");
  const bool server = text_at(tags, "role") == "consul";
  const std::string build = text_at(tags, "build");
  return {text_at(member, "Name"),
          address_of(member),
          status_word(number_at(member, "Status")),
          server ? "server" : "client",
          build.substr(0, build.find(':')),
          text_at(tags, "vsn"),
          text_at(tags, "dc"),
          "default",
          server ? "<all>" : "<default>"};
}

std::vector<std::string> detailed_row(const boost::json::object& member) {
  return {text_at(member, "Name"), address_of(member), status_word(number_at(member, "Status")),
          pairs_of(object_at(member, "Tags"))};
}

int members(const command& self, const std::vector<std::string>& args, const terminal& with) {
  bool detailed = false;
  bool wan = false;
  std::string filter;
  std::string segment;
  std::string status = ".*";
  api_client client;
  messages::go_flags flags;
  flags.add("detailed", &detailed, "Show each member's tags.")
      .add("filter", &filter, "Expression that a member must match.")
      .add("segment", &segment, "A feature of Consul Enterprise.")
      .add("status", &status, "Regular expression for the status.")
      .add("wan", &wan, "Show the servers of all datacenters.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const re2::RE2 wanted("^(" + status + ")$", re2::RE2::Quiet);
  if (!wanted.ok())
    return failed_request(with, "Failed to compile status regexp",
                          {messages::errc::bad_request, wanted.error()});
  api_client::parameters query{{"segment", segment.empty() ? "_all" : segment}};
  if (wan)
    query.emplace_back("wan", "1");
  if (!filter.empty())
    query.emplace_back("filter", filter);
  const auto answer = client.expect("GET", "/v1/agent/members", query);
  if (!answer)
    return failed_request(with, "Error retrieving members", answer.error());
  std::map<std::string, std::vector<std::string>> sorted;
  for (const auto& each : elements(answer->body)) {
    const auto& member = each.as_object();
    if (re2::RE2::FullMatch(status_word(number_at(member, "Status")), wanted))
      sorted[text_at(member, "Name")] = detailed ? detailed_row(member) : short_row(member);
  }
  if (sorted.empty())
    return no_member_matched;
  std::vector<std::vector<std::string>> rows{
      detailed ? std::vector<std::string>{"Node", "Address", "Status", "Tags"}
               : std::vector<std::string>{"Node", "Address", "Status", "Type", "Build", "Protocol",
                                          "DC", "Partition", "Segment"}};
  for (auto& [name, row] : sorted)
    rows.push_back(std::move(row));
  with.out(table(rows));
  return 0;
}

int info(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto answer = client.expect("GET", "/v1/agent/self");
  if (!answer)
    return failed_request(with, "Error querying agent", answer.error());
  const auto stats = object_at(object_of(answer->body), "Stats");
  std::map<std::string, std::map<std::string, std::string>> sorted;
  for (const auto& section : stats) {
    const std::string name(section.key());
    const auto values = object_at(stats, name);
    for (const auto& pair : values)
      sorted[name][std::string(pair.key())] =
          text_at(values, {pair.key().data(), pair.key().size()});
  }
  for (const auto& [name, values] : sorted) {
    with.out(name + ":\n");
    for (const auto& [key, value] : values)
      with.out(fmt::format("\t{} = {}\n", key, value));
  }
  return 0;
}

int leave(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (!flags.rest().empty()) {
    with.err("Too many arguments (expected 0)\n");
    return 1;
  }
  const auto answer = client.expect("PUT", "/v1/agent/leave");
  if (!answer)
    return failed_request(with, "Error leaving", answer.error());
  with.out("Graceful leave complete\n");
  return 0;
}

int reload(const command& self, const std::vector<std::string>& args, const terminal& with) {
  api_client client;
  messages::go_flags flags;
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  const auto answer = client.expect("PUT", "/v1/agent/reload");
  if (!answer)
    return failed_request(with, "Error reloading", answer.error());
  with.out("Configuration reload triggered\n");
  return 0;
}

// Lines until the user ends it, which is no failure; or until the agent does.
int monitor(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string level = "INFO";
  bool json = false;
  api_client client;
  messages::go_flags flags;
  flags.add("log-json", &json, "One JSON object a line.")
      .add("log-level", &level, "Lines of this level and above: trace, debug, info, warn, error.");
  client.add_flags(flags);
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  api_client::parameters query{{"loglevel", level}};
  if (json)
    query.emplace_back("logjson", "true");
  std::signal(SIGINT, [](int) { std::_Exit(0); });
  const auto ended = client.follow("/v1/agent/monitor", query, with.out);
  std::signal(SIGINT, SIG_DFL);
  if (!ended)
    return failed_request(with, "Error starting monitor", ended.error());
  with.err("\nThe agent has ended the monitor: it was stopped or has crashed.\n");
  return 1;
}

int version(const command& self, const std::vector<std::string>& args, const terminal& with) {
  std::string format = "pretty";
  messages::go_flags flags;
  flags.add("format", &format, "pretty or json.");
  if (const auto done = read_flags(self, flags, args, with))
    return *done;
  if (format == "json") {
    with.out(
        fmt::format("{{\n    \"Version\": \"{}\",\n    \"Revision\": \"troupe-{}\",\n"
                    "    \"Prerelease\": \"\",\n    \"RPC\": {{\n        \"Default\": 2,\n"
                    "        \"Min\": 2,\n        \"Max\": 3\n    }}\n}}\n",
                    messages::consul_version, messages::troupe_version));
    return 0;
  }
  if (format != "pretty") {
    with.err(fmt::format("Invalid format value: {}\n", format));
    return 1;
  }
  with.out(
      fmt::format("Consul v{}\nRevision troupe-{}\n"
                  "Protocol 2 spoken by default, understands 2 to 3\n",
                  messages::consul_version, messages::troupe_version));
  return 0;
}

}  // namespace

std::vector<command> agent_commands() {
  return {
      {"members", "Lists the members of a Consul cluster",
       "Usage: consul members [options]\n\n  Lists the members that the agent knows.", members},
      {"info", "Provides debugging information for operators.",
       "Usage: consul info [options]\n\n  Shows the agent's counters.", info},
      {"leave", "Gracefully leaves the Consul cluster and shuts down",
       "Usage: consul leave [options]\n\n  Makes the agent leave and end.", leave},
      {"reload", "Triggers the agent to reload configuration files",
       "Usage: consul reload [options]\n\n  Makes the agent read its configuration again.", reload},
      {"monitor", "Stream logs from a Consul agent",
       "Usage: consul monitor [options]\n\n"
       "  Shows the agent's log as it occurs, until it is interrupted.",
       monitor},
      {"version", "Prints the Consul version",
       "Usage: consul version [options]\n\n  Says which version this is.", version},
  };
}

}  // namespace troupe::gateway::cli
