#include "tests/fuzz/fuzz_input.hpp"

#include <string>

#include "gateway/dns/wire_message.hpp"
#include "messages/ensure.hpp"
#include "messages/limits.hpp"
#include "tests/gateway/dns/zone.hpp"

namespace troupe::tests::fuzz {

namespace dns = gateway::dns;
namespace limits = messages::limits;
using messages::ensure;

namespace {

dns_zone made_zone() {
  dns_zone zone;
  zone.settings.domains.push_back(*dns::make_domain("alt.consul"));
  auto& node = zone.node("n1", "127.0.0.1");
  (*node.mutable_meta())["rfc1035-00"] = std::string(300, 'x');
  (*node.mutable_meta())["key"] = "value";
  zone.node("six", "2001:db8::1");
  zone.node("named", "host.example.com");
  for (int i = 1; i <= 60; ++i)
    zone.instance("web", i % 2 == 0 ? "n1" : "six", "10.0.0." + std::to_string(i), "passing");
  zone.instance("six", "six", "", "warning");
  zone.instance("out", "n1", "example.com", "passing");
  zone.instance("consul", "n1", "", "passing");
  return zone;
}

// What any answer must be.
void judge(std::string_view packet, const std::vector<std::uint8_t>& reply, std::size_t most) {
  ensure(reply.size() >= dns::header_bytes && reply.size() <= most);
  ensure(reply[0] == static_cast<std::uint8_t>(packet[0]) &&
         reply[1] == static_cast<std::uint8_t>(packet[1]));
  ensure((reply[2] & 0x80U) != 0);
  ensure(!dns::lines_of(reply).empty());
  const auto code = static_cast<dns::reply_code>(reply[3] & 0x0fU);
  const bool is_refusal = code == dns::reply_code::format_error ||
                          code == dns::reply_code::not_implemented ||
                          code == dns::reply_code::refused;
  // Not even one byte to be gained by a forged sender.
  ensure(!is_refusal || reply.size() <= packet.size());
}

}  // namespace

void fuzz_input(std::string_view bytes) {
  static dns_zone zone = made_zone();
  if (bytes.empty())
    return;
  const auto choice = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  zone.settings.compress = (choice & 1U) == 0;
  zone.settings.enable_truncate = (choice & 2U) != 0;
  zone.settings.node_meta_txt = (choice & 4U) == 0;
  zone.settings.a_record_limit = (choice & 8U) != 0 ? 2 : 0;
  const bool over_tcp = (choice & 16U) != 0;
  const dns::packet_view packet(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const auto reply = zone.ask(packet, over_tcp);
  if (!reply.empty())
    judge(bytes, reply, over_tcp ? limits::dns_message_bytes_max : limits::dns_udp_reply_bytes_max);
  // A recursor's answer may be anything, too.
  (void)dns::is_well_formed(packet);
  (void)dns::addresses_in(packet, dns::record_type::a);
}

}  // namespace troupe::tests::fuzz
