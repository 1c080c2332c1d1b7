#include <gtest/gtest.h>

#include "gateway/dns/client_rate.hpp"
#include "gateway/dns/endpoint.hpp"
#include "gateway/dns/kept_findings.hpp"
#include "gateway/dns/names.hpp"
#include "gateway/dns/settings.hpp"
#include "gateway/dns/wire_message.hpp"
#include "messages/limits.hpp"
#include "tests/gateway/dns/zone.hpp"

namespace troupe::gateway::dns {
namespace {

namespace limits = messages::limits;
using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

const time_point start{1h};

std::shared_ptr<const findings> rows(std::size_t instances) {
  auto made = std::make_shared<findings>();
  made->instances.resize(instances);
  return made;
}

TEST(kept_findings, are_used_for_as_long_as_a_failure_may_go_unseen_and_no_longer) {
  kept_findings kept;
  kept.keep("web", rows(3), start);
  EXPECT_NE(kept.find("web", start + limits::dns_rows_age_max), nullptr);
  EXPECT_EQ(kept.find("web", start + limits::dns_rows_age_max + 1ns), nullptr);
  EXPECT_EQ(kept.find("other", start), nullptr);
}

TEST(kept_findings, take_no_more_than_their_limits) {
  kept_findings kept;
  for (std::size_t i = 0; i < limits::dns_rows_kept_max + 10; ++i)
    kept.keep(std::to_string(i), rows(1), start);
  EXPECT_EQ(kept.size(), limits::dns_rows_kept_max);
  kept.keep("later", rows(limits::dns_rows_instances_max), start + 1s);
  EXPECT_EQ(kept.size(), 1U);
  kept.keep("one more", rows(1), start + 1s);
  EXPECT_EQ(kept.find("one more", start + 1s), nullptr);
  kept.sweep(start + 2s);
  EXPECT_EQ(kept.size(), 0U);
}

TEST(client_rate, lets_a_burst_through_and_then_the_rate) {
  client_rate rate(10, 20);
  const auto client = *parse_address("192.0.2.1");
  int let = 0;
  for (int i = 0; i < 100; ++i)
    let += rate.take(client, start);
  EXPECT_EQ(let, 20);
  for (int i = 1; i <= 100; ++i)
    let += rate.take(client, start + i * 100ms);
  EXPECT_NEAR(let, 120, 1);
  EXPECT_TRUE(rate.take(*parse_address("192.0.2.2"), start));
}

TEST(client_rate, counts_an_ipv6_network_as_one_client) {
  client_rate rate(1, 2);
  int let = 0;
  for (int i = 0; i < 10; ++i)
    let += rate.take(*parse_address("2001:db8::" + std::to_string(i + 1)), start);
  EXPECT_EQ(let, 2);
  EXPECT_TRUE(rate.take(*parse_address("2001:db8:0:1::1"), start));
}

TEST(client_rate, does_not_grow_with_forged_addresses) {
  client_rate rate(1, 2);
  named_address client{.length = 4};
  for (std::size_t i = 0; i < limits::dns_clients_counted_max + 1000; ++i) {
    client.bytes = {10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                    static_cast<std::uint8_t>(i)};
    rate.take(client, start);
  }
  EXPECT_EQ(rate.clients(), limits::dns_clients_counted_max);
  client.bytes = {11, 0, 0, 1};
  EXPECT_TRUE(rate.take(client, start + 10s));
  EXPECT_EQ(rate.clients(), 1U);
}

TEST(endpoint, is_an_address_with_or_without_a_port) {
  for (const auto& [text, meant] : {std::pair{"10.1.2.3", "10.1.2.3:53"},
                                    {"10.1.2.3:5353", "10.1.2.3:5353"},
                                    {"::1", "[::1]:53"},
                                    {"[::1]:5353", "[::1]:5353"},
                                    {"[::1]", "[::1]:53"}}) {
    const auto read = parse_endpoint(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->text(), meant);
  }
  for (const auto* text : {"", "host", "10.1.2.3:", "10.1.2.3:0", "10.1.2.3:99999", "[::1",
                           "[::1]:", "[::1]x53", "10.1.2.3:53x", "300.1.1.1"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(names, refuse_labels_that_no_packet_can_hold) {
  EXPECT_TRUE(wire_labels(std::string(63, 'a')));
  EXPECT_FALSE(wire_labels(std::string(64, 'a')));
  EXPECT_FALSE(wire_labels("a..b"));
  EXPECT_FALSE(wire_labels(".a"));
  EXPECT_FALSE(make_domain(""));
  EXPECT_FALSE(make_domain("."));
  EXPECT_TRUE(make_domain("my.domain"));
}

TEST(addresses, mapped_into_ipv6_are_ipv4) {
  EXPECT_EQ(address_text(*parse_address("::ffff:10.1.2.3")), "10.1.2.3");
  EXPECT_EQ(address_digits(*parse_address("10.1.2.255")), "0a0102ff");
}

TEST(service_ttl, is_of_the_name_then_of_its_longest_prefix_then_of_all) {
  dns_settings settings;
  settings.service_ttls = {make_service_ttl("*", 1), make_service_ttl("we*", 2),
                           make_service_ttl("web*", 3), make_service_ttl("web", 4)};
  order_ttls(settings.service_ttls);
  EXPECT_EQ(ttl_of_service(settings, "web"), 4U);
  EXPECT_EQ(ttl_of_service(settings, "Web"), 4U);
  EXPECT_EQ(ttl_of_service(settings, "webby"), 3U);
  EXPECT_EQ(ttl_of_service(settings, "west"), 2U);
  EXPECT_EQ(ttl_of_service(settings, "db"), 1U);
}

TEST(foreign_answers, are_taken_only_for_the_question_that_was_asked) {
  const auto question = tests::packet_of({.name = "example.com"});
  auto response = question;
  response[2] |= 0x80;
  EXPECT_TRUE(answers(response, question));
  EXPECT_FALSE(answers(question, question));
  auto other_id = response;
  other_id[1] ^= 1;
  EXPECT_FALSE(answers(other_id, question));
  auto other_case = tests::packet_of({.name = "eXample.com"});
  other_case[2] |= 0x80;
  EXPECT_TRUE(answers(other_case, question));
  auto other_name = tests::packet_of({.name = "example.org"});
  other_name[2] |= 0x80;
  EXPECT_FALSE(answers(other_name, question));
  EXPECT_FALSE(answers(std::vector<std::uint8_t>(5), question));
}

}  // namespace
}  // namespace troupe::gateway::dns
