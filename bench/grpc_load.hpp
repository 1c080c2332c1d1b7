// A load of gRPC calls on loopback: one thread, some connections, some calls under way on each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/load_client.hpp"

namespace troupe::bench {

struct grpc_load_options {
  int port = 0;
  int connections = 64;
  int calls = 1;  // under way on each
  double seconds = 5;
  std::string path;  // "/package.Service/Method"
};

// `message` makes the n-th request, encoded. An error is any grpc-status but 0.
load_report run_grpc_load(const grpc_load_options& options,
                          const std::function<std::string(std::uint64_t n)>& message);

}  // namespace troupe::bench
