#include "deploy/agent/agent_changes.hpp"

#include <gtest/gtest.h>

namespace troupe::agent {
namespace {

using keys = std::vector<std::string>;

TEST(agent_changes, none_between_equal_configurations) {
  messages::Config one;
  one.mutable_ports()->set_http(1);
  (*one.mutable_node_meta())["a"] = "b";
  EXPECT_EQ(changes_for_a_restart(one, one), keys{});
}

TEST(agent_changes, what_a_reload_applies_is_none) {
  messages::Config wanted;
  wanted.set_log_level("debug");
  wanted.add_services()->set_name("web");
  wanted.add_checks()->set_name("disk");
  EXPECT_EQ(changes_for_a_restart({}, wanted), keys{});
}

TEST(agent_changes, name_the_key_within_its_block_in_both_directions) {
  messages::Config running;
  messages::Config wanted;
  wanted.mutable_ports()->set_http(1);
  wanted.mutable_dns_config()->set_only_passing(true);
  wanted.set_datacenter("dc2");
  const auto there = changes_for_a_restart(running, wanted);
  EXPECT_EQ(there.size(), 3U);
  for (const char* key : {"ports.http", "dns_config.only_passing", "datacenter"})
    EXPECT_EQ(std::count(there.begin(), there.end(), key), 1) << key;
  EXPECT_EQ(changes_for_a_restart(wanted, running), there);
}

TEST(agent_changes, keys_without_any_effect_are_left_out) {
  messages::Config wanted;
  wanted.set_enable_syslog(true);
  EXPECT_EQ(changes_for_a_restart({}, wanted), keys{});
}

}  // namespace
}  // namespace troupe::agent
