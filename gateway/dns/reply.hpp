// An answer before it is bytes: records by section. Records are views and numbers only, so that an
// answer costs no allocation once a reply has been used a few times.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "gateway/dns/asked_name.hpp"
#include "gateway/dns/question.hpp"
#include "gateway/dns/settings.hpp"
#include "gateway/dns/wire.hpp"

namespace troupe::gateway::dns {

struct record {
  wire_name owner;
  record_type type = record_type::a;
  std::uint32_t ttl_s = 0;
  named_address address;   // A, AAAA
  std::uint16_t port = 0;  // SRV
  std::uint16_t weight = 0;
  wire_name target;       // SRV, CNAME, NS, PTR; SOA: the first server
  std::string_view text;  // TXT; SOA: the label of the mailbox, in wire form
  std::uint32_t serial = 0;
  // Which answer an additional record belongs to: it goes if that one does.
  std::uint32_t of_answer = 0;
};

struct reply {
  reply_code code = reply_code::ok;
  bool authoritative = false;
  bool for_client = false;  // others in another subnet are to ask for themselves
  std::vector<record> answers;
  std::vector<record> authorities;
  std::vector<record> additionals;

  void clear() {
    code = reply_code::ok;
    authoritative = false;
    for_client = false;
    answers.clear();
    authorities.clear();
    additionals.clear();
  }
};

// How large the answer may become, and how much of it is said.
struct reply_limits {
  std::size_t bytes_max = 512;
  std::size_t answers_max = std::numeric_limits<std::size_t>::max();
  bool tells_truncation = false;
};

reply_limits limits_for(const question& asked, bool over_tcp, const dns_settings& settings);

// Writes what fits of it: answers go from the end, additional records with theirs. `out` has at
// least limits.bytes_max bytes. The size; 0 if not even a header fits.
std::size_t write_reply(const question& asked, const reply& what, const reply_limits& limits,
                        const dns_settings& settings, std::span<std::uint8_t> out);

}  // namespace troupe::gateway::dns
