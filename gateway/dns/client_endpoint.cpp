#include "gateway/dns/client_endpoint.hpp"

#include <cstring>

namespace troupe::gateway::dns {

named_address client_endpoint::ip() const {
  named_address ip;
  if (address.any.sa_family == AF_INET) {
    ip.length = 4;
    std::memcpy(ip.bytes.data(), &address.v4.sin_addr, 4);
  } else if (address.any.sa_family == AF_INET6) {
    ip.length = 16;
    std::memcpy(ip.bytes.data(), &address.v6.sin6_addr, 16);
  }
  return ip;
}

}  // namespace troupe::gateway::dns
