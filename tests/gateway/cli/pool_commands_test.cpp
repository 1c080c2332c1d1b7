#include <gtest/gtest.h>

#include "messages/base64.hpp"
#include "tests/gateway/cli/played_agent.hpp"

namespace troupe::gateway::cli {
namespace {

using testing::command_test;

// -- join --------------------------------------------------------------------------

class join_command : public command_test {};

TEST_F(join_command, asks_for_each_address_and_counts_those_that_worked) {
  agent_.answers({});
  agent_.answers({500, "no route"});
  const auto seen = run({"join", "10.0.0.1:8301", "10.0.0.2"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out, "Successfully joined cluster by contacting 1 nodes.\n");
  EXPECT_EQ(seen.err,
            "Error joining address '10.0.0.2': Unexpected response code: 500 (no route)\n");
  EXPECT_EQ(agent_.asked(),
            (lines{"PUT /v1/agent/join/10.0.0.1%3A8301", "PUT /v1/agent/join/10.0.0.2"}));
}

TEST_F(join_command, names_the_pool_of_all_datacenters) {
  EXPECT_EQ(run({"join", "-wan", "a"}).exit_code, 0);
  EXPECT_EQ(agent_.asked(), lines{"PUT /v1/agent/join/a?wan=1"});
}

TEST_F(join_command, fails_if_none_worked) {
  agent_.answers({500, "x"});
  const auto seen = run({"join", "a"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_TRUE(seen.err.ends_with("Failed to join any nodes.\n")) << seen.err;
}

TEST_F(join_command, wants_an_address) {
  const auto seen = run({"join"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_TRUE(seen.err.starts_with("At least one address to join must be specified.\n"));
  EXPECT_TRUE(agent_.asked().empty());
}

// -- force-leave -------------------------------------------------------------------

class force_leave_command : public command_test {};

TEST_F(force_leave_command, is_silent_where_it_works) {
  const auto seen = run({"force-leave", "-prune", "-wan", "n1.dc1"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out + seen.err, "");
  EXPECT_EQ(agent_.asked(), lines{"PUT /v1/agent/force-leave/n1.dc1?prune=1&wan=1"});
}

TEST_F(force_leave_command, passes_the_agents_refusal_on) {
  agent_.answers({500, "agent: No node found with name 'nosuch'"});
  const auto seen = run({"force-leave", "nosuch"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "Error force leaving: Unexpected response code: 500 (agent: No node found with name "
            "'nosuch')\n");
}

TEST_F(force_leave_command, wants_one_node) {
  EXPECT_EQ(run({"force-leave"}).exit_code, 1);
  EXPECT_EQ(run({"force-leave", "a", "b"}).exit_code, 1);
  EXPECT_TRUE(agent_.asked().empty());
}

// -- keyring -----------------------------------------------------------------------

class keyring_command : public command_test {};

TEST_F(keyring_command, lists_every_pools_keys_with_how_many_members_have_each) {
  agent_.answers({200,
                  R"([{"WAN":true,"Datacenter":"dc1","Keys":{"b==":2,"a==":1},"NumNodes":2},)"
                  R"({"WAN":false,"Datacenter":"dc1","Messages":{"n1":"slow"},"Keys":{"a==":3},)"
                  R"("NumNodes":3}])"});
  const auto seen = run({"keyring", "-list"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out,
            "==> Gathering installed encryption keys...\n"
            "\nWAN:\n  a== [1/2]\n  b== [2/2]\n"
            "\ndc1 (LAN):\n  ===> n1: slow\n  a== [3/3]\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/operator/keyring"});
}

TEST_F(keyring_command, lists_primary_keys_of_this_datacenter_alone) {
  agent_.answers({200, R"([{"Datacenter":"dc1","PrimaryKeys":{"a==":1},"NumNodes":1}])"});
  const auto seen = run({"keyring", "-list-primary", "-local-only", "-relay-factor=2"});
  EXPECT_EQ(seen.out,
            "==> Gathering installed primary encryption keys...\n\ndc1 (LAN):\n  a== [1/1]\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/operator/keyring?relay-factor=2&local-only=true"});
}

TEST_F(keyring_command, changes_keys_each_by_a_method_of_its_own) {
  EXPECT_EQ(run({"keyring", "-install", "k=="}).out,
            "==> Installing new gossip encryption key...\n");
  EXPECT_EQ(run({"keyring", "-use", "k=="}).out, "==> Changing primary gossip encryption key...\n");
  EXPECT_EQ(run({"keyring", "-remove", "k=="}).out, "==> Removing gossip encryption key...\n");
  EXPECT_EQ(agent_.asked(), (lines{R"(POST /v1/operator/keyring {"Key":"k=="})",
                                   R"(PUT /v1/operator/keyring {"Key":"k=="})",
                                   R"(DELETE /v1/operator/keyring {"Key":"k=="})"}));
}

TEST_F(keyring_command, leaves_the_judgement_of_a_key_to_the_agent) {
  agent_.answers({500,
                  "2 errors occurred:\n\t* WAN error: illegal base64 data at input byte 0\n"
                  "\t* dc1 (LAN) error: illegal base64 data at input byte 0\n\n"});
  const auto seen = run({"keyring", "-install", "xx"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "error: Unexpected response code: 500 (2 errors occurred:\n\t* WAN error: illegal "
            "base64 data at input byte 0\n\t* dc1 (LAN) error: illegal base64 data at input byte "
            "0\n\n)\n");
}

TEST_F(keyring_command, refuses_what_makes_no_sense_before_asking_anybody) {
  EXPECT_EQ(run({"keyring", "-list", "-use", "k"}).err, "Only a single action is allowed\n");
  EXPECT_EQ(run({"keyring", "-list", "-relay-factor=6"}).err,
            "Error parsing relay factor: Relay factor must be in range: [0, 5]\n");
  EXPECT_EQ(run({"keyring", "-use", "k", "-local-only"}).err,
            "Error validating local-only: local-only can only be set for list requests\n");
  const auto nothing = run({"keyring"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_TRUE(nothing.err.starts_with("Usage: consul keyring [options]"));
  EXPECT_TRUE(agent_.asked().empty());
}

// -- keygen ------------------------------------------------------------------------

class keygen_command : public command_test {};

TEST_F(keygen_command, makes_another_key_of_32_bytes_each_time) {
  const auto one = run_as_typed({"keygen"});
  const auto two = run_as_typed({"keygen"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_NE(one.out, two.out);
  ASSERT_TRUE(one.out.ends_with("\n"));
  const auto key = messages::decode_base64(one.out.substr(0, one.out.size() - 1));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 32U);
}

TEST_F(keygen_command, pays_no_heed_to_words_as_consul_does_but_refuses_flags) {
  EXPECT_EQ(run_as_typed({"keygen", "extra"}).exit_code, 0);
  const auto seen = run_as_typed({"keygen", "-zonk"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_TRUE(seen.err.starts_with("flag provided but not defined: -zonk\n"));
}

// -- an agent that is not there ----------------------------------------------------

TEST_F(keyring_command, says_in_gos_words_that_nobody_listens) {
  const auto seen = run_as_typed({"keyring", "-http-addr=127.0.0.1:1", "-list"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "error: Get \"http://127.0.0.1:1/v1/operator/keyring\": dial tcp 127.0.0.1:1: connect: "
            "connection refused\n");
}

TEST_F(keyring_command, says_in_gos_words_that_a_socket_is_not_there) {
  const auto seen = run_as_typed({"keyring", "-http-addr=unix:///nosuch/socket", "-list"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_TRUE(seen.err.ends_with("dial unix /nosuch/socket: connect: no such file or directory\n"))
      << seen.err;
}

}  // namespace
}  // namespace troupe::gateway::cli
