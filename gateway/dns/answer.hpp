// Which records a question gets, from what the catalog found, in Consul 1.22.7's ways. Pure: the
// random source and the time come in.
#pragma once

#include <cstdint>

#include "gateway/dns/asked_name.hpp"
#include "gateway/dns/findings.hpp"
#include "gateway/dns/question.hpp"
#include "gateway/dns/reply.hpp"
#include "gateway/dns/settings.hpp"

namespace troupe::gateway::dns {

// What has to be known before a question can be answered.
enum class wanted : std::uint8_t {
  nothing,      // the name says it all
  node,         // found_node() of asked.name
  instances,    // found_instances() of asked.name
  query,        // found_by_query() of asked.name
  nameservers,  // found_nameservers()
  pointers,     // whose asked.address is
  recursion,    // somebody else's name
};

wanted what_is_wanted(const question& question, const asked_name& asked);

// xorshift64*: which of some equals comes first is no secret.
class shuffler {
 public:
  explicit shuffler(std::uint64_t seed) : state_(seed | 1U) {}
  // 0 to bound - 1; bound is at least 1.
  std::size_t below(std::size_t bound);

 private:
  std::uint64_t state_;
};

struct answer_needs {
  const dns_settings& settings;
  shuffler& random;
  std::uint32_t unix_time_s = 0;  // the zone's serial
};

// Everything but recursion. `out` is views into all that is passed in.
void build_answer(const question& question, const asked_name& asked, const findings& found,
                  const answer_needs& needs, reply& out);

}  // namespace troupe::gateway::dns
