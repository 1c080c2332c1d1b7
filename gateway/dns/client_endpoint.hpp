// Who asked, as the system's calls have it, and at which of our addresses: an answer from another
// one would not be taken.
#pragma once

#include <cstdint>

#include <netinet/in.h>
#include <sys/socket.h>

#include "gateway/dns/asked_name.hpp"

namespace troupe::gateway::dns {

struct client_endpoint {
  union socket_address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socket_address address{.v6 = {}};
  socklen_t address_bytes = 0;
  named_address asked_at;  // length 0: the socket has one address only

  named_address ip() const;
};

}  // namespace troupe::gateway::dns
