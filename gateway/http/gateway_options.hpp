// What the HTTP API is told at its start.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "messages/limits.hpp"

namespace troupe::gateway {

struct gateway_options {
  std::string node_name;
  std::string datacenter;
  std::string build_date = "1970-01-01T00:00:01Z";
  std::string revision;

  bool pretty = false;  // -dev: JSON is indented without being asked
  std::vector<std::pair<std::string, std::string>> response_headers;
  std::vector<std::string> block_endpoints;  // path prefixes

  bool ui_enabled = false;
  std::string ui_content_path = "/ui/";  // begins and ends with a slash
  std::string ui_dir;                    // empty: the page inside the program

  bool coordinates_enabled = true;
  bool use_cache = true;  // else ?cached is answered like any other read

  std::size_t kv_value_bytes_max = messages::limits::kv_value_bytes_max;
  std::size_t txn_bytes_max = messages::limits::txn_request_bytes_max;
  std::size_t body_bytes_max = messages::limits::request_body_bytes_max;
  std::chrono::nanoseconds default_query_time = messages::limits::default_query_time;
  std::chrono::nanoseconds max_query_time = messages::limits::max_query_time;
  std::chrono::nanoseconds rpc_hold_timeout = messages::limits::rpc_hold_timeout;
};

// What a connection is told.
struct connection_options {
  std::size_t header_bytes_max = messages::limits::request_header_bytes_max;
  std::chrono::seconds header_timeout = messages::limits::request_header_timeout;
  std::chrono::seconds idle_timeout = messages::limits::connection_idle_timeout;
  std::chrono::seconds body_timeout = messages::limits::request_body_timeout;
  int connections_per_client_max = messages::limits::connections_per_client_max;  // 0: no bound
};

}  // namespace troupe::gateway
