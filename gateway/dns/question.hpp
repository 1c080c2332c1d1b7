// The question of a packet, if it has one that may be answered. The packet may be anything at all:
// nothing is read behind its end, no pointer of a name is followed twice, and there is no loop that
// its bytes can make long.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/dns/asked_name.hpp"
#include "gateway/dns/wire.hpp"

namespace troupe::gateway::dns {

using packet_view = std::span<const std::uint8_t>;

// The OPT record of a question (RFC 6891).
struct edns_options {
  bool present = false;
  std::uint16_t udp_bytes_max = 0;  // as given: may be below 512
  std::uint8_t version = 0;
  bool wants_dnssec = false;
  packet_view subnet;  // the content of its client-subnet option (RFC 7871); empty: none

  // Its address, the bits that were left out as zeros; length 0: there is none.
  named_address subnet_address() const;
};

// Views into the packet, which must outlive it.
struct question {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  record_type type = record_type::a;
  std::uint16_t in_class = 1;
  packet_view section;    // name, type and class as they were asked; empty: unreadable
  std::string_view name;  // in wire form, with the root's label
  std::array<std::string_view, labels_max> label_store;
  std::size_t label_count = 0;
  edns_options edns;

  name_labels labels() const { return {label_store.data(), label_count}; }
};

enum class verdict : std::uint8_t {
  answer,
  silence,  // no question at all, or a response: an answer could begin a loop
  format_error,
  not_implemented,
  refused,
  bad_version,
};

// Fills `out` as far as it can be read, whatever it was before: with any verdict but silence its
// header is valid.
verdict read_question(packet_view packet, question& out);

}  // namespace troupe::gateway::dns
