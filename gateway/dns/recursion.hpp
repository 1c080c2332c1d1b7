// Questions that are somebody else's, asked of the configured recursors: in their order or in a
// drawn one, each with its time limit, until one gives a usable answer. Every question goes out
// with an id and from a port of its own (RFC 5452), and only what answers it is taken.
//
// On the thread of its io_context. It knows no client: whoever calls it limits who may.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "gateway/dns/question.hpp"
#include "gateway/dns/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace troupe::gateway::dns {

class recursion {
 public:
  recursion(boost::asio::io_context& io, const dns_settings& settings, std::uint64_t random_seed);
  ~recursion();  // no callback comes any more
  recursion(const recursion&) = delete;
  recursion& operator=(const recursion&) = delete;

  // Called once, later, with a whole answer under the question's own id; empty: nobody gave one.
  using done = std::function<void(std::vector<std::uint8_t> answer)>;
  // `question` is a packet that read_question() took. False: too many are under way.
  bool ask(packet_view question, bool over_tcp, done tell);

 private:
  struct parts;
  std::shared_ptr<parts> parts_;
};

}  // namespace troupe::gateway::dns
