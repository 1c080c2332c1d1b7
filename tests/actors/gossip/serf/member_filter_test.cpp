#include "actors/gossip/serf/member_filter.hpp"

#include <gtest/gtest.h>

#include "actors/gossip/wire/tags.hpp"

namespace troupe::actors::gossip::serf {
namespace {

const tag_map server_tags = {{"role", "consul"}, {"dc", "dc1"}, {"port", "8300"},
                             {"vsn", "2"},       {"id", "A1"},  {"build", "1.22.7:abc"}};

tag_map with(tag_map tags, const std::string& key, const std::string& value) {
  tags[key] = value;
  return tags;
}

std::optional<std::string> refused(pool_kind kind, const std::string& name, const tag_map& tags,
                                   bool has_left = false, bool federates = true) {
  const member_filter filter{{kind, "self", "5e1f", "dc1", federates}};
  const std::string meta = wire::encode_tags(tags);
  return filter.refuse(member_filter::candidate{name, meta, has_left});
}

TEST(member_filter, a_server_says_port_version_build_and_numbers) {
  EXPECT_TRUE(is_consul_server(server_tags));
  EXPECT_FALSE(is_consul_server({}));
  for (const auto& [key, value] : std::map<std::string, std::string>{{"role", "node"},
                                                                     {"port", "x"},
                                                                     {"vsn", ""},
                                                                     {"build", "1.22"},
                                                                     {"expect", "many"},
                                                                     {"raft_vsn", "3.0"},
                                                                     {"wan_join_port", "-"},
                                                                     {"ft_fs", "yes"},
                                                                     {"grpc_port", "0"}})
    EXPECT_FALSE(is_consul_server(with(server_tags, key, value))) << key;
  EXPECT_TRUE(is_consul_server(with(with(server_tags, "grpc_port", "0"), "grpc_tls_port", "1")));
}

TEST(member_filter, a_build_is_the_first_three_numbers) {
  EXPECT_EQ(parse_build("1.22.7:"), (build_version{1, 22, 7}));
  EXPECT_EQ(parse_build("v0.8.5-dev"), (build_version{0, 8, 5}));
  EXPECT_EQ(parse_build("1.2"), std::nullopt);
  EXPECT_LT((build_version{0, 8, 4}), (build_version{0, 8, 5}));
}

TEST(member_filter, the_lan_pool_refuses_another_datacenter) {
  EXPECT_EQ(refused(pool_kind::lan, "x", with(server_tags, "dc", "dc2")),
            "Member 'x' part of wrong datacenter 'dc2'");
  EXPECT_EQ(refused(pool_kind::lan, "x", {{"role", "node"}, {"dc", "dc2"}}),
            "Member 'x' part of wrong datacenter 'dc2'");
  EXPECT_EQ(refused(pool_kind::lan, "x", server_tags), std::nullopt);
  EXPECT_EQ(refused(pool_kind::lan, "x", {{"dc", "dc2"}}), std::nullopt) << "no role: anybody";
}

TEST(member_filter, the_lan_pool_refuses_this_members_id) {
  const tag_map tags = with(server_tags, "id", "5E1F");
  EXPECT_EQ(refused(pool_kind::lan, "x", tags),
            "Member 'x' has conflicting node ID '5E1F' with this agent's ID");
  EXPECT_EQ(refused(pool_kind::lan, "self", tags), std::nullopt);
  EXPECT_EQ(refused(pool_kind::lan, "x", tags, true), std::nullopt) << "left";
}

TEST(member_filter, the_lan_pool_refuses_two_of_one_id) {
  const member_filter filter{{pool_kind::lan, "self", "5e1f", "dc1", true}};
  const std::string meta = wire::encode_tags(server_tags);
  const std::string same = wire::encode_tags(with(server_tags, "id", "a1"));
  const std::string old = wire::encode_tags(with(server_tags, "build", "0.8.4"));
  EXPECT_EQ(filter.refuse({{"x", meta, false}, {"y", same, false}}),
            "Member 'y' has conflicting node ID 'a1' with member 'x'");
  EXPECT_EQ(filter.refuse({{"x", meta, true}, {"y", meta, false}}), std::nullopt);
  EXPECT_EQ(filter.refuse({{"x", old, false}, {"y", old, false}}), std::nullopt);
}

TEST(member_filter, the_wan_pool_takes_servers_only) {
  EXPECT_EQ(refused(pool_kind::wan, "x", {{"role", "node"}, {"dc", "dc1"}}),
            "Member 'x' is not a server");
  const tag_map far = with(server_tags, "dc", "dc2");
  EXPECT_EQ(refused(pool_kind::wan, "x.dc2", far), std::nullopt);
  EXPECT_EQ(refused(pool_kind::wan, "x.dc2", far, false, false),
            "Member 'x.dc2' part of wrong datacenter 'dc2'; WAN federation is disabled");
}

TEST(member_filter, other_pools_take_everybody) {
  EXPECT_EQ(refused(pool_kind::any, "x", with(server_tags, "dc", "dc2")), std::nullopt);
}

}  // namespace
}  // namespace troupe::actors::gossip::serf
