// NAME.query: what a prepared query gave, as it is told to who asks for its name.
#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/dns/answer.hpp"
#include "gateway/dns/names.hpp"
#include "gateway/dns/wire_message.hpp"
#include "tests/gateway/dns/zone.hpp"

namespace troupe::gateway::dns {
namespace {

using bytes = std::vector<std::uint8_t>;
using tests::dns_zone;

void add(messages::PreparedQueryResult& to, const std::string& address,
         const std::string& status = "passing") {
  auto& row = *to.add_instances();
  row.mutable_node()->set_node("n1");
  row.mutable_node()->set_address("127.0.0.1");
  row.mutable_node()->set_datacenter("dc1");
  row.mutable_service()->set_service(to.service());
  row.mutable_service()->set_address(address);
  row.mutable_service()->set_port(80);
  row.add_checks()->set_status(status);
}

dns_zone zone_with_query(int instances, const std::string& ttl = {}) {
  dns_zone zone;
  auto& query = zone.queries["q"];
  query.set_known(true);
  query.set_service("web");
  query.mutable_dns()->set_ttl(ttl);
  for (int i = 1; i <= instances; ++i)
    add(query, "10.0.0." + std::to_string(i));
  return zone;
}

bytes ask(dns_zone& zone, record_type type = record_type::a,
          const std::string& name = "q.query.consul") {
  return zone.ask(tests::packet_of({.name = name, .type = type, .udp_bytes = 4096}));
}
std::string order(const bytes& reply) {
  std::string addresses;
  for (const auto& each : addresses_in(reply, record_type::a))
    addresses += address_text(each) + " ";
  return addresses;
}
reply_code code_of(const bytes& reply) {
  return static_cast<reply_code>(reply[3] & 0x0f);
}
// Of every record in the answer; -1: they differ or there is none.
long ttl_in(const bytes& reply) {
  long ttl_s = -1;
  for (const auto& line : lines_of(reply)) {
    if (!line.starts_with("answer "))
      continue;
    const auto after_name = line.find('\t');
    const auto here = std::stol(line.substr(after_name + 1));
    if (ttl_s >= 0 && here != ttl_s)
      return -1;
    ttl_s = here;
  }
  return ttl_s;
}

TEST(prepared_query_name, keeps_the_order_that_the_query_gave) {
  auto zone = zone_with_query(5);
  for (int i = 0; i < 50; ++i)
    ASSERT_EQ(order(ask(zone)), "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 ");
}

TEST(prepared_query_name, leaves_the_judgement_of_health_to_the_query) {
  auto zone = zone_with_query(1);
  zone.settings.only_passing = true;
  add(zone.queries["q"], "10.0.0.2", "critical");
  EXPECT_EQ(order(ask(zone)), "10.0.0.1 10.0.0.2 ");
}

TEST(prepared_query_name, is_asked_for_in_its_other_forms) {
  auto zone = zone_with_query(1);
  zone.queries["a.b"] = zone.queries["q"];
  for (const char* name : {"q.query.consul", "q.query.dc1.consul", "_q._tcp.query.consul",
                           "q._tcp.query.dc1.consul", "a.b.query.consul"})
    EXPECT_EQ(order(ask(zone, record_type::a, name)), "10.0.0.1 ") << name;
}

TEST(prepared_query_name, gives_places_with_the_addresses_that_belong_to_them) {
  auto zone = zone_with_query(2);
  int places = 0;
  int addresses = 0;
  for (const auto& line : lines_of(ask(zone, record_type::srv))) {
    places += line.starts_with("answer ");
    addresses += line.starts_with("additional ");
  }
  EXPECT_EQ(places, 2);
  EXPECT_EQ(addresses, 2);
}

TEST(prepared_query_name, that_is_unknown_or_gives_nothing_does_not_exist) {
  auto zone = zone_with_query(0);
  EXPECT_EQ(code_of(ask(zone)), reply_code::no_such_name);
  EXPECT_EQ(code_of(ask(zone, record_type::a, "q2.query.consul")), reply_code::no_such_name);
}

TEST(prepared_query_name, has_its_own_time_to_live_or_that_of_its_service) {
  const auto ttl_with = [](const std::string& own, std::uint32_t of_service) {
    auto zone = zone_with_query(2, own);
    zone.settings.service_ttls = {make_service_ttl("web", of_service), make_service_ttl("q", 99)};
    return ttl_in(ask(zone));
  };
  EXPECT_EQ(ttl_with("10s", 7), 10);
  EXPECT_EQ(ttl_with("1m30s", 7), 90);
  EXPECT_EQ(ttl_with("0s", 7), 0);
  EXPECT_EQ(ttl_with("1500ms", 7), 1);
  EXPECT_EQ(ttl_with("", 7), 7);
  EXPECT_EQ(ttl_with("zz", 7), 7);
  EXPECT_EQ(ttl_with("-1s", 7), 7);
  EXPECT_EQ(ttl_with("2000000h", 7), 2'147'483'647) << "no record says more";
}

TEST(client_subnet, is_the_address_that_a_query_may_be_near_to) {
  const auto address_of = [](bytes subnet) {
    const auto packet = tests::packet_of(
        {.name = "q.query.consul", .udp_bytes = 4096, .subnet = std::move(subnet)});
    question asked;
    EXPECT_EQ(read_question(packet, asked), verdict::answer);
    const auto address = asked.edns.subnet_address();
    return address.length == 0 ? "none" : address_text(address);
  };
  EXPECT_EQ(address_of({}), "none");
  EXPECT_EQ(address_of({0, 1, 32, 0, 10, 1, 2, 3}), "10.1.2.3");
  EXPECT_EQ(address_of({0, 1, 24, 0, 10, 1, 2}), "10.1.2.0");
  EXPECT_EQ(address_of({0, 1, 0, 0}), "0.0.0.0");
  EXPECT_EQ(address_of({0, 2, 32, 0, 0x20, 0x01, 0x0d, 0xb8}), "2001:db8::");
  EXPECT_EQ(address_of({0, 1, 32, 0, 10, 1, 2}), "none") << "it is broken";
}

TEST(client_subnet, comes_back_as_the_scope_of_what_a_query_gave_it) {
  auto zone = zone_with_query(1);
  const auto scope_of = [&](const std::string& name) {
    const bytes subnet{0, 1, 24, 0, 10, 1, 2};
    const auto reply =
        zone.ask(tests::packet_of({.name = name, .udp_bytes = 4096, .subnet = subnet}));
    const auto option = std::search(reply.begin(), reply.end(), subnet.begin(), subnet.begin() + 3);
    if (reply.end() - option != static_cast<std::ptrdiff_t>(subnet.size()))
      return -1;
    EXPECT_TRUE(std::equal(option + 4, reply.end(), subnet.begin() + 4)) << name;
    return static_cast<int>(option[3]);
  };
  EXPECT_EQ(scope_of("q.query.consul"), 24);
  EXPECT_EQ(scope_of("q2.query.consul"), 24) << "its name, too, may be a client's own";
  EXPECT_EQ(scope_of("web.service.consul"), 0) << "that is the same for all";
}

}  // namespace
}  // namespace troupe::gateway::dns
