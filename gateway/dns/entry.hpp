// Where sockets hand over what they received. Both sides of it live on one io_thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "gateway/dns/client_endpoint.hpp"
#include "gateway/dns/question.hpp"

namespace troupe::gateway::dns {

// The way back for an answer that takes longer.
class reply_path : public std::enable_shared_from_this<reply_path> {
 public:
  virtual ~reply_path() = default;
  // Nothing is said if the client is gone. An empty reply: there will be none.
  virtual void send(const client_endpoint& to, std::span<const std::uint8_t> reply) = 0;
};

struct asker {
  reply_path& path;
  const client_endpoint& from;
  bool over_tcp = false;
};

enum class handled : std::uint8_t {
  replied,  // `out` holds it
  later,    // by path.send(), once
  ignored,  // never
};

class dns_entry {
 public:
  virtual ~dns_entry() = default;
  // `out` has room for dns_udp_reply_bytes_max, over TCP for dns_message_bytes_max. `bytes` becomes
  // the size of a reply that is there at once.
  virtual handled answer(packet_view packet, const asker& who, std::span<std::uint8_t> out,
                         std::size_t& bytes) = 0;
};

}  // namespace troupe::gateway::dns
