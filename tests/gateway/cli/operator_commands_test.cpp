#include <gtest/gtest.h>

#include "tests/gateway/cli/played_agent.hpp"

namespace troupe::gateway::cli {
namespace {

using testing::command_test;
using testing::outcome;

constexpr auto rules =
    R"({"CleanupDeadServers":true,"LastContactThreshold":"200ms","MaxTrailingLogs":250,)"
    R"("MinQuorum":0,"ServerStabilizationTime":"10s","RedundancyZoneTag":"",)"
    R"("DisableUpgradeMigration":false,"UpgradeVersionTag":"","CreateIndex":4,"ModifyIndex":9})";

class operator_test : public command_test {
 protected:
  // Behind the command's three words: where the agent is.
  outcome operate(std::vector<std::string> words) {
    words.insert(words.begin(), "operator");
    words.insert(words.begin() + 3, "-http-addr=" + agent_.address());
    return run_as_typed(std::move(words));
  }
};

// -- the groups ----------------------------------------------------------------------

class operator_group : public operator_test {};

TEST_F(operator_group, without_a_command_lists_what_there_is_and_fails) {
  const auto all = run_as_typed({"operator"});
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_EQ(all.out, "");
  EXPECT_EQ(all.err,
            "Usage: consul operator <subcommand> [options] [args]\n\nSubcommands:\n"
            "    autopilot    Provides tools for modifying Autopilot configuration\n"
            "    raft         Provides cluster-level tools for Consul operators\n");
  const auto raft = run_as_typed({"operator", "raft", "zonk"});
  EXPECT_EQ(raft.exit_code, 1);
  EXPECT_EQ(raft.err,
            "Usage: consul operator raft <subcommand> [options] [args]\n\nSubcommands:\n"
            "    list-peers         Display the current Raft peer configuration\n"
            "    remove-peer        Remove a Consul server from the Raft configuration\n"
            "    transfer-leader    Transfer raft leadership to another node\n");
}

TEST_F(operator_group, gives_help_that_is_asked_for) {
  const auto seen = run_as_typed({"operator", "autopilot", "-h"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_NE(seen.out.find("    set-config    Modify the current"), std::string::npos) << seen.out;
  EXPECT_EQ(run_as_typed({"operator", "-help"}).exit_code, 0);
  const auto command = run_as_typed({"operator", "raft", "remove-peer", "-h"});
  EXPECT_EQ(command.exit_code, 0);
  EXPECT_TRUE(command.out.starts_with("Usage: consul operator raft remove-peer [options]"));
}

TEST_F(operator_group, is_one_line_of_the_overview) {
  const auto seen = run_as_typed({"-h"});
  EXPECT_NE(seen.out.find("    operator "), std::string::npos) << seen.out;
  EXPECT_EQ(seen.out.find("list-peers"), std::string::npos);
}

// -- raft ----------------------------------------------------------------------------

class raft_list_peers : public operator_test {};

TEST_F(raft_list_peers, shows_how_far_each_server_is_behind_the_leader) {
  agent_.answers(
      {200,
       R"({"Servers":[)"
       R"({"ID":"1","Node":"n1","Address":"10.0.0.1:8300","Leader":false,"ProtocolVersion":"3",)"
       R"("Voter":true,"LastIndex":99},)"
       R"({"ID":"2","Node":"n2","Address":"10.0.0.2:8300","Leader":true,"ProtocolVersion":"3",)"
       R"("Voter":true,"LastIndex":100},)"
       R"({"ID":"3","Node":"n3","Address":"10.0.0.3:8300","Leader":false,"ProtocolVersion":"",)"
       R"("Voter":false,"LastIndex":101}],"Index":7})"});
  const auto seen = operate({"raft", "list-peers", "-stale"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(
      seen.out,
      "Node  ID  Address        State     Voter  RaftProtocol  Commit Index  Trails Leader By\n"
      "n1    1   10.0.0.1:8300  follower  true   3             99            1 commit\n"
      "n2    2   10.0.0.2:8300  leader    true   3             100           -\n"
      "n3    3   10.0.0.3:8300  follower  false  <=1           101           0 commits\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/operator/raft/configuration?stale="});
}

TEST_F(raft_list_peers, says_what_failed) {
  agent_.answers({500, "No cluster leader"});
  const auto seen = operate({"raft", "list-peers"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "Error getting peers: Failed to retrieve raft configuration: Unexpected response code: "
            "500 (No cluster leader)\n");
}

TEST_F(raft_list_peers, bears_an_answer_of_another_form) {
  agent_.answers({200, R"({"Servers":[7,{"LastIndex":-1}]})"});
  EXPECT_EQ(operate({"raft", "list-peers"}).exit_code, 0);
  agent_.answers({200, "[]"});
  EXPECT_EQ(operate({"raft", "list-peers"}).exit_code, 0);
}

class raft_remove_peer : public operator_test {};

TEST_F(raft_remove_peer, by_address_or_by_id) {
  EXPECT_EQ(operate({"raft", "remove-peer", "-address=1.2.3.4:8300"}).out,
            "Removed peer with address \"1.2.3.4:8300\"\n");
  EXPECT_EQ(operate({"raft", "remove-peer", "-id", "x"}).out, "Removed peer with id \"x\"\n");
  EXPECT_EQ(agent_.asked(), (lines{"DELETE /v1/operator/raft/peer?address=1.2.3.4%3A8300",
                                   "DELETE /v1/operator/raft/peer?id=x"}));
}

TEST_F(raft_remove_peer, wants_exactly_one_of_them) {
  const auto none = operate({"raft", "remove-peer"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_EQ(none.err, "Error removing peer: an address or id is required for the peer to remove\n");
  const auto both = operate({"raft", "remove-peer", "-id=x", "-address=y"});
  EXPECT_EQ(both.exit_code, 1);
  EXPECT_EQ(both.err, "Error removing peer: cannot give both an address and id\n");
  EXPECT_TRUE(agent_.asked().empty());
}

TEST_F(raft_remove_peer, passes_the_refusal_on) {
  agent_.answers({500, "id \"x\" was not found in the Raft configuration"});
  const auto seen = operate({"raft", "remove-peer", "-id=x"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err,
            "Error removing peer: Unexpected response code: 500 (id \"x\" was not found in the "
            "Raft configuration)\n");
}

class raft_transfer_leader : public operator_test {};

TEST_F(raft_transfer_leader, to_anybody_or_to_one) {
  agent_.answers({200, R"({"Success":true})"});
  agent_.answers({200, R"({"Success":true})"});
  EXPECT_EQ(operate({"raft", "transfer-leader"}).out, "Success\n");
  EXPECT_EQ(operate({"raft", "transfer-leader", "-id=x"}).exit_code, 0);
  EXPECT_EQ(agent_.asked(), (lines{"POST /v1/operator/raft/transfer-leader",
                                   "POST /v1/operator/raft/transfer-leader?id=x"}));
}

TEST_F(raft_transfer_leader, says_what_failed) {
  agent_.answers({500, "cannot find peer"});
  agent_.answers({200, R"({"Success":false})"});
  const auto refused = operate({"raft", "transfer-leader"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err,
            "Error transfering leadership: Failed to transfer leadership Unexpected response code: "
            "500 (cannot find peer)\n");
  EXPECT_EQ(operate({"raft", "transfer-leader"}).exit_code, 1);
}

// -- autopilot -----------------------------------------------------------------------

class autopilot_get_config : public operator_test {};

TEST_F(autopilot_get_config, shows_one_rule_a_line) {
  agent_.answers({200, rules});
  const auto seen = operate({"autopilot", "get-config"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out,
            "CleanupDeadServers = true\nLastContactThreshold = 200ms\nMaxTrailingLogs = 250\n"
            "MinQuorum = 0\nServerStabilizationTime = 10s\nRedundancyZoneTag = \"\"\n"
            "DisableUpgradeMigration = false\nUpgradeVersionTag = \"\"\n");
  agent_.answers({403, "Permission denied"});
  EXPECT_EQ(operate({"autopilot", "get-config"}).err,
            "Error querying Autopilot configuration: Unexpected response code: 403 (Permission "
            "denied)\n");
}

class autopilot_set_config : public operator_test {};

TEST_F(autopilot_set_config, changes_what_is_given_unless_another_did_since) {
  agent_.answers({200, rules});
  agent_.answers({200, "true"});
  const auto seen =
      operate({"autopilot", "set-config", "-cleanup-dead-servers=false", "-min-quorum=3",
               "-server-stabilization-time=90s", "-last-contact-threshold=1500ms",
               "-max-trailing-logs=7", "-redundancy-zone-tag=zone"});
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_EQ(seen.out, "Configuration updated!\n");
  EXPECT_EQ(agent_.asked(),
            (lines{"GET /v1/operator/autopilot/configuration",
                   R"(PUT /v1/operator/autopilot/configuration?cas=9 {"CleanupDeadServers":false,)"
                   R"("LastContactThreshold":"1.5s","MaxTrailingLogs":7,"MinQuorum":3,)"
                   R"("ServerStabilizationTime":"1m30s","RedundancyZoneTag":"zone",)"
                   R"("DisableUpgradeMigration":false,"UpgradeVersionTag":"","CreateIndex":4,)"
                   R"("ModifyIndex":9})"}));
}

TEST_F(autopilot_set_config, fails_if_another_was_faster) {
  agent_.answers({200, rules});
  agent_.answers({200, "false"});
  const auto seen = operate({"autopilot", "set-config", "-min-quorum=3"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.out, "Configuration could not be atomically updated, please try again\n");
}

TEST_F(autopilot_set_config, says_which_half_failed) {
  agent_.answers({500, "a"});
  EXPECT_EQ(operate({"autopilot", "set-config"}).err,
            "Error querying Autopilot configuration: Unexpected response code: 500 (a)\n");
  agent_.answers({200, rules});
  agent_.answers({500, "b"});
  EXPECT_EQ(operate({"autopilot", "set-config"}).err,
            "Error setting Autopilot configuration: Unexpected response code: 500 (b)\n");
}

class autopilot_state : public operator_test {};

constexpr auto two_servers =
    R"({"Healthy":true,"FailureTolerance":1,"OptimisticFailureTolerance":2,"Servers":{)"
    R"("b":{"ID":"b","Name":"n2","Address":"10.0.0.2:8300","NodeStatus":"alive",)"
    R"("Version":"1.22.7","LastContact":"12ms","LastTerm":2,"LastIndex":8,"Healthy":true,)"
    R"("ReadReplica":true,"Status":"non-voter","Meta":{},"NodeType":"read-replica"},)"
    R"("a":{"ID":"a","Name":"n1","Address":"10.0.0.1:8300","NodeStatus":"alive",)"
    R"("Version":"1.22.7","LastContact":"0s","LastTerm":2,"LastIndex":9,"Healthy":true,)"
    R"("ReadReplica":false,"Status":"leader","Meta":{"z":"\"","consul-version":"1.22.7"},)"
    R"("NodeType":"voter"}},"Leader":"a","Voters":["a"],"ReadReplicas":["b"]})";

TEST_F(autopilot_state, is_a_report_of_every_server) {
  agent_.answers({200, two_servers});
  const auto seen = operate({"autopilot", "state"});
  EXPECT_EQ(seen.exit_code, 0);
  EXPECT_EQ(seen.out,
            "Healthy:                      true\n"
            "Failure Tolerance:            1\n"
            "Optimistic Failure Tolerance: 2\n"
            "Leader:                       a\n"
            "Voters:\n   a\nRead Replicas:\n   b\nServers:\n"
            "   a\n"
            "      Name:            n1\n"
            "      Address:         10.0.0.1:8300\n"
            "      Version:         1.22.7\n"
            "      Status:          leader\n"
            "      Node Type:       voter\n"
            "      Node Status:     alive\n"
            "      Healthy:         true\n"
            "      Last Contact:    0s\n"
            "      Last Term:       2\n"
            "      Last Index:      9\n"
            "      Meta\n"
            "         \"consul-version\": \"1.22.7\"\n"
            "         \"z\": \"\\\"\"\n"
            "   b\n"
            "      Name:            n2\n"
            "      Address:         10.0.0.2:8300\n"
            "      Version:         1.22.7\n"
            "      Status:          non-voter\n"
            "      Node Type:       read-replica\n"
            "      Node Status:     alive\n"
            "      Healthy:         true\n"
            "      Last Contact:    12ms\n"
            "      Last Term:       2\n"
            "      Last Index:      8\n"
            "      Read Replica:    true\n\n");
}

TEST_F(autopilot_state, is_the_agents_indented_answer_as_json) {
  agent_.answers({200, "{\n    \"Healthy\": true\n}\n"});
  const auto seen = operate({"autopilot", "state", "-format=json"});
  EXPECT_EQ(seen.out, "{\n    \"Healthy\": true\n}\n");
  EXPECT_EQ(agent_.asked(), lines{"GET /v1/operator/autopilot/state?pretty="});
}

TEST_F(autopilot_state, knows_two_formats) {
  agent_.answers({200, two_servers});
  const auto seen = operate({"autopilot", "state", "-format=xml"});
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_EQ(seen.err, "Unknown format: xml\n");
}

}  // namespace
}  // namespace troupe::gateway::cli
