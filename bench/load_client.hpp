// An HTTP/1.1 load on loopback: one thread, many keep-alive connections, one request under way on
// each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace troupe::bench {

struct load_options {
  int port = 0;
  int connections = 64;
  double seconds = 5;
};

struct load_report {
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;  // any status but 200
  double seconds = 0;
  std::vector<std::uint32_t> latencies_us;  // sorted

  double rate() const { return static_cast<double>(answers) / seconds; }
  double percentile_us(double share) const;
};

// `request` makes the whole text of the n-th request.
load_report run_load(const load_options& options,
                     const std::function<std::string(std::uint64_t n)>& request);

// Ends the program if nobody listens there.
int connect_to(int port);

// A GET or PUT with the headers that a client library sends.
std::string http_request(const std::string& method, const std::string& target,
                         const std::string& body = {});

}  // namespace troupe::bench
