#include "gateway/dns/asked_name.hpp"

#include <random>

#include <gtest/gtest.h>

namespace troupe::gateway::dns {
namespace {

std::vector<std::string_view> split(std::string_view name) {
  std::vector<std::string_view> labels;
  while (!name.empty()) {
    const auto dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    name = dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
  }
  return labels;
}

asked_name read(std::string_view name) {
  const std::vector<std::vector<std::string_view>> domains{split("consul"), split("alt.consul")};
  return read_asked_name(split(name), domains);
}

// kind/name/tag/datacenter/peer
std::string told(std::string_view name) {
  static constexpr const char* kinds[] = {"elsewhere", "unknown", "domain",  "node",
                                          "service",   "connect", "ingress", "virtual",
                                          "query",     "address", "reverse"};
  const auto asked = read(name);
  return std::string{kinds[static_cast<std::size_t>(asked.kind)]} + "/" + asked.name + "/" +
         asked.tag + "/" + asked.datacenter + "/" + asked.peer;
}

TEST(asked_name, reads_every_form) {
  EXPECT_EQ(told("consul"), "domain////");
  EXPECT_EQ(told("n1.node.consul"), "node/n1///");
  EXPECT_EQ(told("n1.node.dc2.consul"), "node/n1//dc2/");
  EXPECT_EQ(told("n1.node.dc2.dc.consul"), "node/n1//dc2/");
  EXPECT_EQ(told("web.service.consul"), "service/web///");
  EXPECT_EQ(told("v1.web.service.dc1.consul"), "service/web/v1/dc1/");
  EXPECT_EQ(told("_web._tcp.service.consul"), "service/web///");
  EXPECT_EQ(told("_web._udp.service.consul"), "service/web/udp//");
  EXPECT_EQ(told("_web._v1.dc1.consul"), "service/web/v1/dc1/");
  EXPECT_EQ(told("web.service.east.peer.consul"), "service/web///east");
  EXPECT_EQ(told("web.connect.consul"), "connect/web///");
  EXPECT_EQ(told("web.ingress.consul"), "ingress/web///");
  EXPECT_EQ(told("web.virtual.east.consul"), "virtual/web///east");
  EXPECT_EQ(told("a.b.query.consul"), "query/a.b///");
  EXPECT_EQ(told("_q._tcp.query.consul"), "query/q///");
  EXPECT_EQ(told("q._tcp.query.dc2.consul"), "query/q//dc2/");
}

TEST(asked_name, does_not_know_what_consul_does_not) {
  for (const auto* name :
       {"foo.consul", "service.consul", "ns.consul", "a.b.node.consul",
        "web.service.dc1.foo.consul", "web.service.dc1.dc.x.consul", "web.service.team.ns.consul",
        "zz000001.addr.consul", "7f0001.addr.consul", "n1.node.east.peer.consul", "_web.consul"})
    EXPECT_EQ(told(name), "unknown////") << name;
}

TEST(asked_name, ignores_the_case_of_words_and_keeps_that_of_names) {
  EXPECT_EQ(told("V1.Web.SERVICE.Dc1.DC.CONSUL"), "service/Web/V1/Dc1/");
}

TEST(asked_name, takes_the_longest_domain_that_fits) {
  EXPECT_EQ(read("web.service.alt.consul").domain, 1u);
  EXPECT_EQ(read("web.service.consul").domain, 0u);
  EXPECT_EQ(told("web.service.alt.consul"), "service/web///");
}

TEST(asked_name, lets_a_service_be_called_like_a_kind) {
  EXPECT_EQ(told("node.service.consul"), "service/node///");
}

TEST(asked_name, reads_addresses_written_out_and_reversed) {
  const named_address v4{.bytes = {10, 1, 2, 255}, .length = 4};
  EXPECT_EQ(read("0a0102Ff.addr.dc1.consul").address, v4);
  EXPECT_EQ(read("255.2.1.10.in-addr.arpa").address, v4);
  EXPECT_EQ(told("255.2.1.10.In-Addr.ARPA"), "reverse////");
  const named_address one{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, .length = 16};
  std::string nibbles = "1.";
  for (int i = 0; i < 31; ++i)
    nibbles += "0.";
  EXPECT_EQ(read(nibbles + "ip6.arpa").address, one);
  EXPECT_EQ(read("00000000000000000000000000000001.addr.consul").address, one);
}

TEST(asked_name, leaves_the_rest_to_recursors) {
  for (const auto* name : {"example.com", "consul.com", "", "2.1.10.in-addr.arpa",
                           "256.2.1.10.in-addr.arpa", "01.2.1.10.in-addr.arpa", "1.ip6.arpa"})
    EXPECT_EQ(told(name), "elsewhere////") << name;
}

TEST(asked_name, survives_any_sequence_of_labels) {
  std::mt19937 random{6};
  static constexpr std::array<std::string_view, 14> words{
      "_",    "_a", "service", "node", "query",  "addr", "virtual",
      "peer", "dc", "a",       "",     "consul", "arpa", "_tcp"};
  const std::vector<std::vector<std::string_view>> domains{{"consul"}};
  for (int round = 0; round < 200'000; ++round) {
    std::vector<std::string_view> labels(random() % 9);
    for (auto& label : labels)
      label = words[random() % words.size()];
    const auto asked = read_asked_name(labels, domains);
    const bool ours = !labels.empty() && labels.back() == "consul";
    ASSERT_EQ(ours, asked.kind != asked_kind::elsewhere) << "round " << round;
  }
}

}  // namespace
}  // namespace troupe::gateway::dns
