// etcd on this machine's loopback, one server or three, and its KV service's words (rpc.proto of
// etcd 3.4, package etcdserverpb).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/child_process.hpp"

namespace troupe::bench {

class etcd_servers {
 public:
  // Starts them and waits until each answers.
  etcd_servers(const std::string& program, const std::filesystem::path& home, std::size_t servers);

  std::vector<const child*> processes() const;
  // The clients' port of the one that leads.
  int leader_port() const;

 private:
  std::vector<int> ports_;
  std::vector<child> processes_;
};

inline const std::string etcd_put = "/etcdserverpb.KV/Put";
inline const std::string etcd_range =
    "/etcdserverpb.KV/Range";  // linearizable unless asked not to be

// Each of less than 128 bytes.
std::string etcd_put_request(const std::string& key, const std::string& value);
std::string etcd_range_request(const std::string& key);

}  // namespace troupe::bench
