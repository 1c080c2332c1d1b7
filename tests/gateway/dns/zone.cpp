#include "tests/gateway/dns/zone.hpp"

#include <algorithm>

#include "gateway/dns/names.hpp"

namespace troupe::tests {

namespace dns = gateway::dns;

namespace {

constexpr std::uint32_t unix_time_s = 1'700'000'000;

void put_u16(std::vector<std::uint8_t>& to, unsigned value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

bool has_tag(const messages::CheckServiceNode& row, const std::string& tag) {
  return tag.empty() || std::ranges::any_of(row.service().tags(), [&](const std::string& own) {
           return dns::same_label(own, tag);
         });
}

}  // namespace

dns_zone::dns_zone() {
  settings.datacenter = "dc1";
  settings.domains.push_back(*dns::make_domain("consul."));
}

messages::Node& dns_zone::node(const std::string& name, const std::string& address) {
  auto& made = nodes.emplace_back();
  made.set_node(name);
  made.set_address(address);
  made.set_datacenter(settings.datacenter);
  return made;
}

messages::CheckServiceNode& dns_zone::instance(const std::string& service, const std::string& node,
                                               const std::string& address,
                                               const std::string& status) {
  auto& made = instances.emplace_back();
  *made.mutable_node() = *std::ranges::find(nodes, node, &messages::Node::node);
  made.mutable_service()->set_service(service);
  made.mutable_service()->set_address(address);
  made.add_checks()->set_status(status);
  return made;
}

dns::findings dns_zone::look_up(dns::wanted what, const dns::asked_name& asked) {
  if (what == dns::wanted::node) {
    messages::NodeServices rows;
    for (const auto& each : nodes)
      if (dns::same_label(each.node(), asked.name))
        *rows.mutable_node() = each;
    return dns::found_node(rows);
  }
  if (what == dns::wanted::query)
    return dns::found_by_query(queries[asked.name]);
  dns::findings found;
  if (what == dns::wanted::pointers) {
    for (const auto& each : nodes)
      if (dns::parse_address(each.address()) == asked.address)
        found.pointers.push_back(dns::pointer_to(each));
    for (const auto& each : instances)
      if (found.pointers.empty() && dns::parse_address(each.service().address()) == asked.address)
        found.pointers.push_back(
            dns::pointer_to_service(each.service().service(), settings.datacenter));
    return found;
  }
  const bool of_servers = what == dns::wanted::nameservers;
  messages::ServiceHealth rows;
  for (const auto& each : instances)
    if (dns::same_label(each.service().service(), of_servers ? "consul" : asked.name) &&
        has_tag(each, of_servers ? "" : asked.tag))
      *rows.add_instances() = each;
  if (asked.kind == dns::asked_kind::virtual_ip)
    return dns::found_virtual(rows);
  return of_servers ? dns::found_nameservers(rows)
                    : dns::found_instances(rows, settings.only_passing);
}

std::vector<std::uint8_t> dns_zone::ask(dns::packet_view packet, bool over_tcp) {
  static constexpr dns::reply_code codes[] = {
      dns::reply_code::ok,           dns::reply_code::ok,
      dns::reply_code::format_error, dns::reply_code::not_implemented,
      dns::reply_code::refused,      dns::reply_code::bad_version};
  dns::question question;
  const auto outcome = dns::read_question(packet, question);
  if (outcome == dns::verdict::silence)
    return {};
  std::vector<std::vector<std::string_view>> domains;
  for (const auto& each : settings.domains)
    domains.emplace_back(each.labels.begin(), each.labels.end());
  dns::reply reply;
  dns::findings found;
  dns::asked_name asked;
  if (outcome != dns::verdict::answer) {
    reply.code = codes[static_cast<std::size_t>(outcome)];
  } else {
    asked = dns::read_asked_name(question.labels(), domains);
    const auto what = dns::what_is_wanted(question, asked);
    if (what == dns::wanted::recursion && asked.kind == dns::asked_kind::elsewhere) {
      reply.code = dns::reply_code::refused;
    } else {
      if (what != dns::wanted::nothing && what != dns::wanted::recursion)
        found = look_up(what, asked);
      dns::build_answer(question, asked, found, {settings, random_, unix_time_s}, reply);
    }
  }
  const auto limits = dns::limits_for(question, over_tcp, settings);
  std::vector<std::uint8_t> out(limits.bytes_max);
  out.resize(dns::write_reply(question, reply, limits, settings, out));
  return out;
}

std::vector<std::uint8_t> packet_of(const question_text& asked) {
  std::vector<std::uint8_t> packet;
  put_u16(packet, 0x1234);
  put_u16(packet, asked.flags);
  put_u16(packet, 1);
  put_u16(packet, 0);
  put_u16(packet, 0);
  put_u16(packet, asked.udp_bytes > 0 ? 1 : 0);
  for (const char c : dns::whole_wire_name(asked.name).value_or(std::string(1, '\0')))
    packet.push_back(static_cast<std::uint8_t>(c));
  put_u16(packet, static_cast<unsigned>(asked.type));
  put_u16(packet, asked.in_class);
  if (asked.udp_bytes == 0)
    return packet;
  packet.push_back(0);
  put_u16(packet, static_cast<unsigned>(dns::record_type::opt));
  put_u16(packet, static_cast<unsigned>(asked.udp_bytes));
  put_u16(packet, 0);
  put_u16(packet, 0);
  put_u16(packet, asked.subnet.empty() ? 0 : static_cast<unsigned>(asked.subnet.size()) + 4);
  if (asked.subnet.empty())
    return packet;
  put_u16(packet, dns::option_client_subnet);
  put_u16(packet, static_cast<unsigned>(asked.subnet.size()));
  packet.insert(packet.end(), asked.subnet.begin(), asked.subnet.end());
  return packet;
}

}  // namespace troupe::tests
