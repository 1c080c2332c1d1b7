// An HTTP request as endpoints see it: decoded, with only the headers that mean something to us. It
// knows neither sockets nor actors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::gateway {

enum class http_method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

struct query_parameter {
  std::string name;
  std::string value;

  bool operator==(const query_parameter&) const = default;
};

struct api_request {
  http_method method = http_method::get;
  std::string method_text = "GET";
  std::string target;  // as sent
  std::string path;    // decoded and cleaned
  std::size_t tail_at = 0;
  std::vector<query_parameter> query;
  bool query_is_broken = false;  // a bad percent escape

  // Headers; empty: not sent.
  std::string token;          // X-Consul-Token
  std::string authorization;  // as sent
  std::string accept;
  std::string cache_control;
  std::string forwarded_for;      // the first X-Forwarded-For
  std::string enterprise_header;  // name of the first enterprise header sent
  bool takes_gzip = false;

  std::string body;
  std::size_t body_bytes_told = 0;  // Content-Length
  std::string remote_address;       // without the port; stays over clear()

  // From the gateway's settings.
  bool pretty = false;
  std::string_view node_name;
  std::string_view datacenter;

  // Forgets the request, keeps the memory.
  void clear();

  // What follows the route's pattern: "a/b" of /v1/kv/a/b.
  std::string_view path_tail() const { return std::string_view(path).substr(tail_at); }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The first value; empty if there is none.
  std::string_view value(std::string_view name) const;

 private:
  const query_parameter* find(std::string_view name) const;
};

}  // namespace troupe::gateway
