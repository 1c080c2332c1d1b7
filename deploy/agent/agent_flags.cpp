#include "deploy/agent/agent_flags.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "deploy/agent/agent_config.hpp"
#include "messages/go_flags.hpp"
#include "messages/hcl/fill.hpp"
#include "messages/hcl/value.hpp"

namespace troupe::agent {

namespace {

using messages::go_flags;
using messages::result;
namespace hcl = messages::hcl;

enum class takes { boolean, integer, text, list, map };

struct flag_row {
  const char* flag;
  const char* key;  // in config.proto
  takes what;
  const char* help;
};

constexpr flag_row rows[] = {
    {"advertise", "advertise_addr", takes::text, "Address that is told to other nodes."},
    {"advertise-wan", "advertise_addr_wan", takes::text,
     "Address that is told to servers of other datacenters."},
    {"allow-write-http-from", "http_config.allow_write_http_from", takes::list,
     "Networks from which writing requests are taken. May be given several times."},
    {"alt-domain", "alt_domain", takes::text, "Another domain for the DNS interface."},
    {"auto-reload-config", "auto_reload_config", takes::boolean,
     "Watches the configuration files and reloads them."},
    {"bind", "bind_addr", takes::text, "Address for traffic between nodes."},
    {"bootstrap", "bootstrap", takes::boolean, "Lets this server elect itself alone."},
    {"bootstrap-expect", "bootstrap_expect", takes::integer,
     "Number of servers to wait for before the first election."},
    {"check_output_max_size", "check_output_max_size", takes::integer,
     "Bytes that are kept of a check's output."},
    {"client", "client_addr", takes::text,
     "Addresses for clients: HTTP and DNS. Blanks separate several."},
    {"data-dir", "data_dir", takes::text, "Directory for what is kept."},
    {"datacenter", "datacenter", takes::text, "Datacenter of this node."},
    {"default-query-time", "default_query_time", takes::text,
     "How long a blocking query waits that does not say."},
    {"disable-host-node-id", "disable_host_node_id", takes::boolean,
     "Makes the node's id at random, not from the host."},
    {"disable-keyring-file", "disable_keyring_file", takes::boolean,
     "Does not keep the gossip keys on disk."},
    {"dns-port", "ports.dns", takes::integer, "Port of the DNS interface."},
    {"domain", "domain", takes::text, "Domain of the DNS interface."},
    {"enable-local-script-checks", "enable_local_script_checks", takes::boolean,
     "Allows script checks from configuration files."},
    {"enable-script-checks", "enable_script_checks", takes::boolean,
     "Allows script checks, also from the HTTP API."},
    {"encrypt", "encrypt", takes::text, "Key of the gossip, base64."},
    {"grpc-port", "ports.grpc", takes::integer, "Port of the gRPC interface."},
    {"grpc-tls-port", "ports.grpc_tls", takes::integer, "Port of the gRPC interface with TLS."},
    {"http-port", "ports.http", takes::integer, "Port of the HTTP API."},
    {"https-port", "ports.https", takes::integer, "Port of the HTTPS API."},
    {"join", "start_join", takes::list, "An older name of -retry-join."},
    {"join-wan", "start_join_wan", takes::list, "An older name of -retry-join-wan."},
    {"log-file", "log_file", takes::text, "File that the log is also written to."},
    {"log-json", "log_json", takes::boolean, "Writes the log as JSON."},
    {"log-level", "log_level", takes::text, "trace, debug, info, warn or error."},
    {"log-rotate-bytes", "log_rotate_bytes", takes::integer, "Size of a log file."},
    {"log-rotate-duration", "log_rotate_duration", takes::text, "Age of a log file."},
    {"log-rotate-max-files", "log_rotate_max_files", takes::integer,
     "Older log files that are kept."},
    {"max-query-time", "max_query_time", takes::text, "The longest a blocking query may wait."},
    {"node", "node_name", takes::text, "Name of this node, unique in the cluster."},
    {"node-id", "node_id", takes::text, "Id of this node, a UUID."},
    {"node-meta", "node_meta", takes::map,
     "A pair key:value of this node's metadata. May be given several times."},
    {"non-voting-server", "read_replica", takes::boolean, "An older name of -read-replica."},
    {"pid-file", "pid_file", takes::text, "File for the process id."},
    {"primary-gateway", "primary_gateways", takes::list, "A mesh gateway of the primary."},
    {"protocol", "protocol", takes::integer, "Version of the protocol between nodes."},
    {"raft-protocol", "raft_protocol", takes::integer, "Version of the Raft protocol."},
    {"read-replica", "read_replica", takes::boolean, "A server without a vote."},
    {"recursor", "recursors", takes::list, "Address of a DNS server for other domains."},
    {"rejoin", "rejoin_after_leave", takes::boolean, "Joins again although it left before."},
    {"retry-interval", "retry_interval", takes::text, "Time between attempts to join."},
    {"retry-interval-wan", "retry_interval_wan", takes::text,
     "Time between attempts to join other datacenters."},
    {"retry-join", "retry_join", takes::list,
     "Address of a node to join, tried until it works. May be given several times."},
    {"retry-join-wan", "retry_join_wan", takes::list,
     "Address of a server of another datacenter. May be given several times."},
    {"retry-max", "retry_max", takes::integer, "Attempts to join; 0 is no limit."},
    {"retry-max-wan", "retry_max_wan", takes::integer,
     "Attempts to join other datacenters; 0 is no limit."},
    {"segment", "segment", takes::text, "Network segment."},
    {"serf-lan-allowed-cidrs", "serf_lan_allowed_cidrs", takes::list,
     "Networks from which nodes may join."},
    {"serf-lan-bind", "serf_lan", takes::text, "Address of the gossip in the datacenter."},
    {"serf-lan-port", "ports.serf_lan", takes::integer, "Port of the gossip in the datacenter."},
    {"serf-wan-allowed-cidrs", "serf_wan_allowed_cidrs", takes::list,
     "Networks from which other datacenters may join."},
    {"serf-wan-bind", "serf_wan", takes::text, "Address of the gossip between datacenters."},
    {"serf-wan-port", "ports.serf_wan", takes::integer, "Port of the gossip between datacenters."},
    {"server", "server", takes::boolean, "Runs as a server."},
    {"server-port", "ports.server", takes::integer, "Port for requests between nodes."},
    {"syslog", "enable_syslog", takes::boolean, "Logs to syslog too."},
    {"ui", "ui_config.enabled", takes::boolean, "Serves the web page that is built in."},
    {"ui-content-path", "ui_config.content_path", takes::text, "Path of the web page."},
    {"ui-dir", "ui_config.dir", takes::text, "Directory of a web page of one's own."},
};

// What one row was given.
struct slot {
  std::optional<bool> boolean;
  std::optional<std::int64_t> integer;
  std::optional<std::string> text;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;

  go_flags::target target(takes what) {
    switch (what) {
      case takes::boolean:
        return &boolean;
      case takes::integer:
        return &integer;
      case takes::text:
        return &text;
      case takes::list:
        return &list;
      case takes::map:
        return &map;
    }
    return &text;
  }

  // As a file would have said it; null if it was not given.
  hcl::value value(takes what) const;
};

hcl::value text_value(const std::string& text) {
  hcl::value out;
  out.is = hcl::kind::text;
  out.text = text;
  return out;
}

hcl::value slot::value(takes what) const {
  hcl::value out;
  if (what == takes::boolean && boolean) {
    out.is = hcl::kind::boolean;
    out.boolean = *boolean;
  } else if (what == takes::integer && integer) {
    out.is = hcl::kind::integer;
    out.integer = *integer;
  } else if (what == takes::text && text) {
    out = text_value(*text);
  } else if (what == takes::list && !list.empty()) {
    out.is = hcl::kind::list;
    for (const auto& each : list)
      out.items.push_back(text_value(each));
  } else if (what == takes::map && !map.empty()) {
    out.is = hcl::kind::object;
    for (const auto& [key, each] : map)
      out.members.push_back({key, text_value(each)});
  }
  return out;
}

// `key` may be block.key.
void put(hcl::value& object, std::string_view key, hcl::value what) {
  object.is = hcl::kind::object;
  const auto dot = key.find('.');
  const std::string name(key.substr(0, dot));
  hcl::member* member = nullptr;
  for (auto& each : object.members)
    member = each.name == name ? &each : member;
  if (member == nullptr)
    member = &object.members.emplace_back(hcl::member{name, {}});
  if (dot == std::string_view::npos)
    member->what = std::move(what);
  else
    put(member->what, key.substr(dot + 1), std::move(what));
}

struct reader {
  agent_flags out;
  std::deque<slot> slots;  // one a row; never moves
  go_flags flags;

  reader() {
    flags.map_separator(':');
    flags
        .add("config-dir", &out.config_paths,
             "Directory of .json and .hcl files, read in the order of their names. May be given "
             "several times.")
        .add("config-file", &out.config_paths, "A .json or .hcl file. May be given several times.")
        .add("config-format", &out.config_format, "hcl or json, whatever the files are called.")
        .add("dev", &out.dev, "A server for trying things out: keeps nothing, is open to all.")
        .add("hcl", &out.hcl, "A piece of configuration. May be given several times.");
    for (const auto& row : rows)
      flags.add(row.flag, slots.emplace_back().target(row.what), row.help);
  }
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
};

}  // namespace

result<agent_flags> read_agent_flags(const std::vector<std::string>& args) {
  reader in;
  if (const auto parsed = in.flags.parse(args); !parsed)
    return parsed.error();
  if (!in.flags.rest().empty()) {
    std::string extra;
    for (const auto& word : in.flags.rest())
      extra += (extra.empty() ? "" : " ") + word;
    return messages::failure{messages::errc::bad_request,
                             "Unexpected extra arguments: [" + extra + "]"};
  }
  hcl::value given;
  given.is = hcl::kind::object;
  for (std::size_t i = 0; i < in.slots.size(); ++i) {
    auto what = in.slots[i].value(rows[i].what);
    if (what.is != hcl::kind::null)
      put(given, rows[i].key, std::move(what));
  }
  if (const auto filled = hcl::fill(given, in.out.given); !filled)
    return filled.error();
  return std::move(in.out);
}

std::string agent_flags_usage() {
  return reader().flags.usage();
}

}  // namespace troupe::agent
