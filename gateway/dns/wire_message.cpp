#include "gateway/dns/wire_message.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

// Somebody else's header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <ldns/ldns.h>
#pragma GCC diagnostic pop

namespace troupe::gateway::dns {

namespace {

struct free_packet {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using owned_packet = std::unique_ptr<ldns_pkt, free_packet>;

owned_packet read(packet_view message) {
  ldns_pkt* packet = nullptr;
  if (ldns_wire2pkt(&packet, message.data(), message.size()) != LDNS_STATUS_OK)
    return nullptr;
  return owned_packet(packet);
}

// ldns gives text away as memory of malloc().
std::string taken(char* text) {
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  std::string copy(text == nullptr ? "" : text);
  while (!copy.empty() && (copy.back() == '\n' || copy.back() == ' '))
    copy.pop_back();
  return copy;
}

void add_lines(const ldns_rr_list* records, const char* section, std::vector<std::string>& to) {
  for (std::size_t i = 0; records != nullptr && i < ldns_rr_list_rr_count(records); ++i)
    to.push_back(section + taken(ldns_rr2str(ldns_rr_list_rr(records, i))));
}

}  // namespace

bool is_well_formed(packet_view message) {
  return read(message) != nullptr;
}

bool answers(packet_view response, packet_view question) {
  if (response.size() < header_bytes || question.size() < header_bytes)
    return false;
  const bool same_id = response[0] == question[0] && response[1] == question[1];
  if (!same_id || (response[2] & 0x80U) == 0)
    return false;
  // Read like a question, which it also is, up to what follows.
  std::vector<std::uint8_t> copy(response.begin(), response.end());
  copy[2] &= 0x07U;
  std::fill(copy.begin() + 6, copy.begin() + header_bytes, std::uint8_t{0});
  dns::question theirs;
  dns::question ours;
  if (read_question(copy, theirs) == verdict::silence ||
      read_question(question, ours) == verdict::silence)
    return false;
  if (theirs.section.empty() || ours.section.empty())
    return false;
  return theirs.type == ours.type && theirs.in_class == ours.in_class &&
         std::ranges::equal(theirs.labels(), ours.labels(), same_label);
}

std::optional<std::vector<std::uint8_t>> make_question(std::string_view wire_name,
                                                       record_type type) {
  auto* name = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, wire_name.size(), wire_name.data());
  if (name == nullptr)
    return std::nullopt;
  const owned_packet packet(
      ldns_pkt_query_new(name, static_cast<ldns_rr_type>(type), LDNS_RR_CLASS_IN, LDNS_RD));
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (!packet || ldns_pkt2wire(&bytes, packet.get(), &size) != LDNS_STATUS_OK)
    return std::nullopt;
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> owned(bytes, &std::free);
  return std::vector<std::uint8_t>(bytes, bytes + size);
}

std::vector<named_address> addresses_in(packet_view message, record_type type) {
  std::vector<named_address> found;
  const auto packet = read(message);
  if (!packet)
    return found;
  const auto* records = ldns_pkt_answer(packet.get());
  for (std::size_t i = 0; records != nullptr && i < ldns_rr_list_rr_count(records); ++i) {
    const auto* each = ldns_rr_list_rr(records, i);
    if (ldns_rr_get_type(each) != static_cast<ldns_rr_type>(type) || ldns_rr_rd_count(each) == 0)
      continue;
    const auto* data = ldns_rr_rdf(each, 0);
    named_address address;
    address.length = static_cast<std::uint8_t>(type == record_type::a ? 4 : 16);
    if (ldns_rdf_size(data) != address.length)
      continue;
    std::copy_n(ldns_rdf_data(data), address.length, address.bytes.begin());
    found.push_back(address);
  }
  return found;
}

std::vector<std::string> lines_of(packet_view message) {
  std::vector<std::string> lines;
  const auto packet = read(message);
  if (!packet)
    return lines;
  std::string header = taken(ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet.get())));
  header += ldns_pkt_aa(packet.get()) ? " aa" : "";
  header += ldns_pkt_tc(packet.get()) ? " tc" : "";
  header += ldns_pkt_rd(packet.get()) ? " rd" : "";
  header += ldns_pkt_ra(packet.get()) ? " ra" : "";
  lines.push_back(std::move(header));
  add_lines(ldns_pkt_answer(packet.get()), "answer ", lines);
  add_lines(ldns_pkt_authority(packet.get()), "authority ", lines);
  add_lines(ldns_pkt_additional(packet.get()), "additional ", lines);
  if (ldns_pkt_edns(packet.get()))
    lines.push_back("edns " + std::to_string(ldns_pkt_edns_udp_size(packet.get())));
  return lines;
}

}  // namespace troupe::gateway::dns
