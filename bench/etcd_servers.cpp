#include "bench/etcd_servers.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace troupe::bench {

namespace {

namespace fs = std::filesystem;

const std::string loopback = "http://127.0.0.1:";

// What the server says of itself, as JSON; empty before it serves.
std::string status_of(int port) {
  return answer_to(port,
                   "POST /v3/maintenance/status HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
}

// In Protobuf's wire format.
std::string field(int number, const std::string& bytes) {
  constexpr int length_delimited = 2;
  std::string made{static_cast<char>(number << 3 | length_delimited),
                   static_cast<char>(bytes.size())};
  return made + bytes;
}

}  // namespace

etcd_servers::etcd_servers(const std::string& program, const fs::path& home, std::size_t servers) {
  std::vector<int> peers;
  std::string all;
  for (std::size_t n = 0; n < servers; ++n) {
    ports_.push_back(free_port());
    peers.push_back(free_port());
    all += (n == 0 ? "s" : ",s") + std::to_string(n) + "=" + loopback + std::to_string(peers[n]);
  }
  for (std::size_t n = 0; n < servers; ++n) {
    const auto name = "s" + std::to_string(n);
    const auto client = loopback + std::to_string(ports_[n]);
    const auto peer = loopback + std::to_string(peers[n]);
    processes_.push_back(
        child::program({program, "--name=" + name, "--data-dir=" + (home / name).string(),
                        "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=" + all, "--logger=zap", "--log-level=error"}));
  }
  leader_port();
}

std::vector<const child*> etcd_servers::processes() const {
  std::vector<const child*> all;
  for (const auto& each : processes_)
    all.push_back(&each);
  return all;
}

int etcd_servers::leader_port() const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < deadline) {
    for (const int port : ports_) {
      const auto status = status_of(port);
      const auto leader = member_of(status, "leader");
      if (!leader.empty() && leader == member_of(status, "member_id"))
        return port;
    }
    usleep(20'000);
  }
  std::fprintf(stderr, "etcd has no leader after 20 s: is it there (Debian: etcd-server)?\n");
  std::exit(1);
}

std::string etcd_put_request(const std::string& key, const std::string& value) {
  return field(1, key) + field(2, value);
}

std::string etcd_range_request(const std::string& key) {
  return field(1, key);
}

}  // namespace troupe::bench
