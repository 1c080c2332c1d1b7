// A catalog in memory and the pure way from a packet to its answer: what the dns actor does,
// without actor and sockets.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gateway/dns/answer.hpp"
#include "gateway/dns/findings.hpp"
#include "gateway/dns/question.hpp"
#include "gateway/dns/reply.hpp"
#include "gateway/dns/settings.hpp"

namespace troupe::tests {

class dns_zone {
 public:
  dns_zone();

  gateway::dns::dns_settings settings;
  std::vector<messages::Node> nodes;
  std::vector<messages::CheckServiceNode> instances;
  std::map<std::string, messages::PreparedQueryResult> queries;  // what executing each gives

  messages::Node& node(const std::string& name, const std::string& address);
  // An instance of a service, with one check of that status; its node must be there.
  messages::CheckServiceNode& instance(const std::string& service, const std::string& node,
                                       const std::string& address, const std::string& status);

  // The reply's bytes; none: silence, or for a recursor.
  std::vector<std::uint8_t> ask(gateway::dns::packet_view packet, bool over_tcp = false);

 private:
  gateway::dns::findings look_up(gateway::dns::wanted what, const gateway::dns::asked_name& asked);

  gateway::dns::shuffler random_{1};
};

struct question_text {
  std::string name;
  gateway::dns::record_type type = gateway::dns::record_type::a;
  std::uint16_t flags = gateway::dns::flag_recursion_desired;
  std::uint16_t in_class = 1;
  int udp_bytes = 0;  // 0: without EDNS
  std::vector<std::uint8_t> subnet{};
};

// A packet by hand, so that a test may ask what no library would.
std::vector<std::uint8_t> packet_of(const question_text& asked);

}  // namespace troupe::tests
