#include "gateway/dns/answer.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "gateway/dns/names.hpp"
#include "gateway/dns/wire_message.hpp"
#include "tests/gateway/dns/zone.hpp"

namespace troupe::gateway::dns {
namespace {

using tests::dns_zone;

dns_zone zone_of(int instances) {
  dns_zone zone;
  zone.node("n1", "127.0.0.1");
  for (int i = 1; i <= instances; ++i)
    zone.instance("web", "n1", "10.0.0." + std::to_string(i), "passing")
        .mutable_service()
        ->set_port(80);
  return zone;
}

std::vector<std::uint8_t> ask(dns_zone& zone, record_type type, int udp_bytes = 1232) {
  return zone.ask(
      tests::packet_of({.name = "web.service.consul", .type = type, .udp_bytes = udp_bytes}));
}

TEST(virtual_address, is_told_of_a_service_that_has_one_however_its_instances_do) {
  auto zone = zone_of(0);
  zone.instance("web", "n1", "10.0.0.1", "passing");
  const auto ask_virtual = [&](record_type type) {
    return zone.ask(tests::packet_of({.name = "web.virtual.consul", .type = type}));
  };
  EXPECT_EQ(ask_virtual(record_type::a)[3] & 0x0f, 3);  // no such name
  auto& proxy = zone.instance("web", "n1", "10.0.0.2", "critical");
  (*proxy.mutable_service()->mutable_tagged_addresses())["consul-virtual"].set_address("240.0.0.7");
  const auto told = addresses_in(ask_virtual(record_type::a), record_type::a);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(address_text(told.front()), "240.0.0.7");
  const auto other_family = ask_virtual(record_type::aaaa);
  EXPECT_EQ(other_family[3] & 0x0f, 0);
  EXPECT_TRUE(addresses_in(other_family, record_type::aaaa).empty());
}

// Chi-squared against even odds: with 5 instances in each of 5 places there are 16 degrees of
// freedom, and one seed in 100,000 goes beyond 50.
TEST(order, is_fair_over_10000_answers) {
  auto zone = zone_of(5);
  constexpr int rounds = 10'000;
  std::map<std::pair<std::size_t, std::string>, int> seen;
  for (int i = 0; i < rounds; ++i) {
    const auto addresses = addresses_in(ask(zone, record_type::a), record_type::a);
    ASSERT_EQ(addresses.size(), 5U);
    for (std::size_t place = 0; place < 5; ++place)
      ++seen[{place, address_text(addresses[place])}];
  }
  double chi_squared = 0;
  constexpr double expected = rounds / 5.0;
  for (const auto& [where, count] : seen)
    chi_squared += std::pow(count - expected, 2) / expected;
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_LT(chi_squared, 50);
}

TEST(order, of_three_answers_of_many_is_fair) {
  auto zone = zone_of(10);
  std::map<std::string, int> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto addresses = addresses_in(ask(zone, record_type::a, 0), record_type::a);
    ASSERT_EQ(addresses.size(), 3U);
    for (const auto& each : addresses)
      ++seen[address_text(each)];
  }
  ASSERT_EQ(seen.size(), 10U);
  for (const auto& [address, count] : seen)
    EXPECT_NEAR(count, 3000, 250) << address;
}

TEST(answers, never_name_a_critical_instance) {
  auto zone = zone_of(2);
  zone.instance("web", "n1", "10.9.9.9", "critical");
  auto& mixed = zone.instance("web", "n1", "10.9.9.8", "passing");
  mixed.add_checks()->set_status("critical");
  for (const auto type : {record_type::a, record_type::srv, record_type::any})
    for (const auto& line : lines_of(ask(zone, type)))
      EXPECT_EQ(line.find("10.9.9."), std::string::npos) << line;
}

TEST(answers, of_any_size_fit_the_limit_and_keep_answers_with_what_belongs_to_them) {
  for (int instances = 1; instances < 120; ++instances) {
    auto zone = zone_of(instances);
    for (const int limit : {0, 512, 700, 1232, 4096}) {
      const auto reply = ask(zone, record_type::srv, limit);
      ASSERT_LE(reply.size(), static_cast<std::size_t>(std::max(limit, 512)));
      int places = 0;
      int addresses = 0;
      for (const auto& line : lines_of(reply)) {
        places += line.starts_with("answer ");
        addresses += line.starts_with("additional ");
      }
      ASSERT_GT(places, 0);
      ASSERT_EQ(addresses, places) << instances << " instances, limit " << limit;
    }
  }
}

TEST(answers, are_cut_over_tcp_too_before_they_are_too_long_to_be_framed) {
  auto zone = zone_of(0);
  for (int i = 0; i < 4000; ++i)
    zone.instance("web", "n1", "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250),
                  "passing");
  const auto reply =
      zone.ask(tests::packet_of({.name = "web.service.consul", .type = record_type::srv}), true);
  EXPECT_LE(reply.size(), 65'535U);
  EXPECT_GT(reply.size(), 60'000U);
  EXPECT_FALSE(lines_of(reply).empty());
}

TEST(answers, decompress_to_the_same_names) {
  auto zone = zone_of(3);
  std::multiset<std::string> compressed;
  std::multiset<std::string> plain;
  for (const auto& line : lines_of(ask(zone, record_type::srv)))
    compressed.insert(line);
  const auto small = ask(zone, record_type::srv).size();
  zone.settings.compress = false;
  for (const auto& line : lines_of(ask(zone, record_type::srv)))
    plain.insert(line);
  EXPECT_EQ(compressed, plain);
  EXPECT_LT(small, ask(zone, record_type::srv).size());
}

TEST(answers, take_lan_addresses_of_the_asked_family) {
  auto zone = zone_of(0);
  auto& tagged = *zone.instance("web", "n1", "192.0.2.1", "passing")
                      .mutable_service()
                      ->mutable_tagged_addresses();
  tagged["lan_ipv4"].set_address("10.0.0.7");
  tagged["lan_ipv6"].set_address("2001:db8::7");
  const auto v4 = addresses_in(ask(zone, record_type::a), record_type::a);
  const auto v6 = addresses_in(ask(zone, record_type::aaaa), record_type::aaaa);
  ASSERT_EQ(v4.size(), 1U);
  ASSERT_EQ(v6.size(), 1U);
  EXPECT_EQ(address_text(v4[0]), "10.0.0.7");
  EXPECT_EQ(address_text(v6[0]), "2001:db8::7");
}

TEST(meta, is_written_as_rfc_1464_has_it) {
  EXPECT_EQ(meta_text("key", "value"), "key=value");
  EXPECT_EQ(meta_text("a=b", "c=d"), "a`=b=c=d");
  EXPECT_EQ(meta_text("a`b", "c`d"), "a``b=c``d");
  EXPECT_EQ(meta_text(" a b ", "c"), "` a b` =c");
  EXPECT_EQ(meta_text("  ", ""), "` ` =");
  EXPECT_EQ(meta_text("rfc1035-x", "as it is"), "as it is");
}

}  // namespace
}  // namespace troupe::gateway::dns
