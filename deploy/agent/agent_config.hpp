// Everything an agent is told at its start: flags, files and defaults become one plain struct,
// checked. Nothing else in the program reads flags or configuration files.
//
//   flags, files -> messages::Config (merged) -> agent_config -> validate()
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/agent.pb.h"
#include "messages/config.pb.h"
#include "messages/limits.hpp"
#include "messages/result.hpp"

namespace troupe::agent {

using duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

// -1: not listened on.
struct port_numbers {
  std::int32_t dns = 8600;
  std::int32_t http = 8500;
  std::int32_t https = -1;
  std::int32_t grpc = -1;
  std::int32_t grpc_tls = -1;  // 8503 on servers
  std::int32_t server = 8300;
  std::int32_t serf_lan = 8301;
  std::int32_t serf_wan = 8302;
};

// IP addresses as text, never templates. Empty lists never occur after parse_agent_command_line().
struct network_addresses {
  std::string bind = "0.0.0.0";
  std::string advertise;      // what others reach this node at; never 0.0.0.0
  std::string advertise_wan;  // advertise, unless given
  std::string serf_lan_bind;  // bind, unless given
  std::string serf_wan_bind;  // bind, unless given
  std::vector<std::string> client{"127.0.0.1"};
  std::vector<std::string> http;  // client, unless given; also unix:///path
  std::vector<std::string> dns;   // client, unless given
};

struct join_options {
  std::vector<std::string> addresses;  // host, host:port, [v6]:port
  duration interval = 30s;
  int attempts_max = 0;  // 0: for ever
};

struct raft_timing {
  duration heartbeat_timeout = 5s;
  duration election_timeout = 5s;
  duration leader_lease_timeout = 2500ms;
};

struct raft_options {
  raft_timing timing;
  std::uint64_t snapshot_threshold_entries = messages::limits::raft_snapshot_threshold;
  duration snapshot_interval = messages::limits::raft_snapshot_interval;
  std::uint64_t trailing_entries = messages::limits::raft_trailing_logs;
};

struct gossip_options {
  int gossip_nodes = 3;
  duration gossip_interval = 200ms;
  duration probe_interval = 1s;
  duration probe_timeout = 500ms;
  int retransmit_multiplier = 4;
  int suspicion_multiplier = 4;
};

struct gossip_encryption {
  std::string key;              // base64; empty: none, unless a keyring is kept
  bool verify_incoming = true;  // what is not encrypted is dropped
  bool verify_outgoing = true;  // what is sent is encrypted
  bool keeps_keyring = true;    // on disk
};

struct ui_options {
  bool enabled = false;               // also with a directory of one's own
  std::string directory;              // empty: the page that is built in
  std::string content_path = "/ui/";  // begins and ends with /
  std::map<std::string, std::string> dashboard_url_templates;
};

struct http_options {
  std::vector<std::string> block_endpoints;  // prefixes of paths
  std::map<std::string, std::string> response_headers;
  bool use_cache = true;  // else ?cached is answered like any other read
  std::uint64_t header_bytes_max = messages::limits::request_header_bytes_max;
  duration read_timeout = messages::limits::request_body_timeout;
  duration write_timeout = 15min;
  duration read_header_timeout = messages::limits::request_header_timeout;
  duration idle_timeout = messages::limits::connection_idle_timeout;
};

struct request_limits {
  std::uint64_t connections_per_client_max = messages::limits::connections_per_client_max;
  std::uint64_t kv_value_bytes_max = messages::limits::kv_value_bytes_max;
  std::uint64_t txn_request_bytes_max = messages::limits::kv_value_bytes_max;
};

struct dns_options {
  duration node_ttl{};
  std::map<std::string, duration> service_ttl;  // by name, "prefix*" or "*"
  bool allow_stale = true;
  duration max_stale = std::chrono::hours(87600);
  bool only_passing = false;
  bool use_cache = false;
  duration cache_max_age{};  // 0: any age will do
  bool enable_truncate = false;
  bool disable_compression = false;
  int udp_answer_limit = 3;
  int a_record_limit = 0;  // 0: none
  bool enable_additional_node_meta_txt = true;
  std::uint32_t soa_refresh_s = 3600;
  std::uint32_t soa_retry_s = 600;
  std::uint32_t soa_expire_s = 86400;
  std::uint32_t soa_min_ttl_s = 0;
  duration recursor_timeout = 2s;
  bool random_recursors = false;  // else in their order
};

struct check_options {
  bool enable_script_checks = false;                                   // wherever they come from
  bool enable_local_script_checks = false;                             // from files only
  duration update_interval = messages::limits::check_update_interval;  // of output alone
  std::uint64_t output_bytes_max = messages::limits::check_output_bytes_max;
  bool discard_output = false;
};

struct log_options {
  std::string level = "info";  // trace, debug, info, warn, error
  bool json = false;
};

// What the first leader writes down; afterwards operators change it.
struct autopilot_options {
  bool cleanup_dead_servers = true;
  duration last_contact_threshold = 200ms;
  std::uint64_t max_trailing_logs = 250;
  std::uint32_t min_quorum = 0;
  duration server_stabilization_time = 10s;
  std::string redundancy_zone_tag;
  bool disable_upgrade_migration = false;
  std::string upgrade_version_tag;
};

struct telemetry_options {
  std::string metrics_prefix = "consul";
  bool disable_hostname = false;
  bool filter_default = true;
  std::vector<std::string> prefix_filter;
  duration prometheus_retention_time{};  // 0: no Prometheus format
};

struct agent_config {
  // -- the node
  bool dev = false;  // a single server in memory, with everything open
  bool server = false;
  bool bootstrap = false;              // may elect itself alone
  std::uint32_t bootstrap_expect = 0;  // 0, or the servers to wait for: 2 or more
  bool read_replica = false;           // a server without a vote
  std::string node_name;               // the host's, unless given
  std::string node_id;                 // a UUID; empty: the one in the data directory, or a new one
  std::string datacenter = "dc1";
  std::string primary_datacenter;  // datacenter, unless given
  std::map<std::string, std::string> node_meta;
  std::string data_dir;  // empty with dev alone
  std::string pid_file;  // empty: none
  std::string domain = "consul.";
  std::string alt_domain;  // empty: none
  std::vector<std::string> recursors;

  // -- the network
  network_addresses addresses;
  port_numbers ports;
  join_options retry_join;
  join_options retry_join_wan;
  gossip_options gossip_lan;
  gossip_options gossip_wan{.gossip_interval = 500ms,
                            .probe_interval = 5s,
                            .probe_timeout = 3s,
                            .suspicion_multiplier = 6};
  gossip_encryption encryption;
  bool coordinates_enabled = true;
  duration reconnect_timeout = 72h;  // a failed member is forgotten after it
  duration reconnect_timeout_wan = 72h;
  duration advertise_reconnect_timeout{};  // what others are to use for this one; 0: their own
  bool rejoin_after_leave = false;
  bool leave_on_terminate = true;        // false on servers
  bool skip_leave_on_interrupt = false;  // true on servers
  duration leave_drain_time = 5s;

  // -- the rest
  raft_options raft;
  http_options http;
  request_limits limits;
  ui_options ui;
  check_options checks;
  dns_options dns;
  log_options log;
  autopilot_options autopilot;
  telemetry_options telemetry;
  duration default_query_time = messages::limits::default_query_time;
  duration max_query_time = messages::limits::max_query_time;
  duration rpc_hold_timeout = messages::limits::rpc_hold_timeout;
  duration session_ttl_min = 10s;
  bool disable_kv_key_validation = false;
  bool disable_http_unprintable_char_filter = false;
  bool enable_debug = false;
  bool connect_enabled = true;
  std::string connect_cluster_id;  // a UUID; empty: a new one

  std::vector<messages::ServiceDefinition> services;
  std::vector<messages::CheckDefinition> check_definitions;

  // -- how it came about
  std::vector<std::string> arguments;     // behind the word "agent", read again on a reload
  std::vector<std::string> config_paths;  // files and directories
  std::string config_format;              // "", "hcl" or "json": of files with another ending
  messages::Config source;                // everything that was given, merged
  std::vector<std::string> warnings;      // for the log: what was given in vain

  // Fails with errc::bad_request and one line that says what must be changed.
  messages::result<void> validate() const;
};

// `args` behind the word "agent". Reads the files they name; the result is valid. Fails with
// errc::bad_request and the text for people; for -h with "flag: help requested".
messages::result<agent_config> parse_agent_command_line(const std::vector<std::string>& args);

// The flags of "agent", for its help.
std::string agent_flags_usage();

// What files and directories say, merged in the order given; of a directory its .hcl and .json
// files in the order of their names. `format` is "", "hcl" or "json". `skipped` takes a line a file
// that was left out. For "validate" and a reload. Fails with "failed to parse F: why".
messages::result<messages::Config> load_config_paths(const std::vector<std::string>& paths,
                                                     const std::string& format,
                                                     std::vector<std::string>& skipped);

// Defaults below what is given; `dev` with the defaults of -dev. Not validated.
messages::result<agent_config> make_agent_config(messages::Config given, bool dev);

}  // namespace troupe::agent
