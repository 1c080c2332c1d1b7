#include <gtest/gtest.h>

#include "gateway/http/endpoints/operator.hpp"
#include "gateway/http/front_door.hpp"

namespace troupe::gateway {
namespace {

api_request asked(std::string target, std::string body = {}) {
  api_request request;
  request.target = std::move(target);
  request.body = std::move(body);
  (void)admit(request, {});
  return request;
}

// The endpoint's refusal; "" if it takes the request.
template <class Endpoint>
std::string refusal(std::string target, std::string body = {}) {
  auto request = asked(std::move(target), std::move(body));
  const auto parsed = Endpoint::parse(request);
  if (parsed)
    return {};
  EXPECT_EQ(parsed.error().code, m::errc::bad_request);
  return parsed.error().detail;
}

// -- /v1/operator/raft ---------------------------------------------------------------

constexpr auto peer = "/v1/operator/raft/peer";

TEST(raft_peer, is_named_by_exactly_one_of_two) {
  EXPECT_EQ(refusal<raft_remove_peer>(peer),
            "Must specify either ?id with the server's ID or ?address with IP:port of peer to "
            "remove");
  EXPECT_EQ(refusal<raft_remove_peer>(std::string(peer) + "?id=a&address=b"),
            "Must specify only one of ?id or ?address");
  auto by_id = asked(std::string(peer) + "?id=a");
  EXPECT_EQ(raft_remove_peer::parse(by_id)->remove().id(), "a");
  auto by_address = asked(std::string(peer) + "?address=10.0.0.1%3A8300");
  EXPECT_EQ(raft_remove_peer::parse(by_address)->remove().address(), "10.0.0.1:8300");
}

TEST(raft_leadership, is_handed_to_anybody_or_to_one) {
  auto anybody = asked("/v1/operator/raft/transfer-leader");
  const auto parsed = raft_transfer_leader::parse(anybody);
  EXPECT_TRUE(parsed->has_transfer());
  EXPECT_EQ(parsed->transfer().id(), "");
  auto one = asked("/v1/operator/raft/transfer-leader?id=abc");
  EXPECT_EQ(raft_transfer_leader::parse(one)->transfer().id(), "abc");
  m::Done done;
  EXPECT_EQ(raft_transfer_leader::render(done, one).body, R"({"Success":true})");
}

TEST(raft_servers, may_be_told_by_any_server_if_asked_so) {
  auto plain = asked("/v1/operator/raft/configuration");
  EXPECT_FALSE(raft_configuration::parse(plain)->stale());
  auto stale = asked("/v1/operator/raft/configuration?stale");
  EXPECT_TRUE(raft_configuration::parse(stale)->stale());
}

TEST(raft_servers, are_a_list_with_the_index_of_their_entry) {
  m::RaftServerRows answer;
  answer.set_index(7);
  const auto page = asked("/v1/operator/raft/configuration");
  EXPECT_EQ(raft_configuration::render(answer, page).body, R"({"Servers":[],"Index":7})");
  auto& row = *answer.add_servers();
  row.set_id("a");
  row.set_node("n1");
  row.set_address("10.0.0.1:8300");
  row.set_leader(true);
  row.set_protocol_version("3");
  row.set_voter(true);
  row.set_last_index(9);
  EXPECT_EQ(raft_configuration::render(answer, page).body,
            R"({"Servers":[{"ID":"a","Node":"n1","Address":"10.0.0.1:8300","Leader":true,)"
            R"("ProtocolVersion":"3","Voter":true,"LastIndex":9}],"Index":7})");
}

// -- /v1/operator/autopilot/configuration --------------------------------------------

constexpr auto configuration = "/v1/operator/autopilot/configuration";

TEST(autopilot_rules, that_cannot_be_read_are_refused) {
  EXPECT_EQ(refusal<autopilot_configure>(configuration), "Error parsing autopilot config: EOF");
  EXPECT_EQ(refusal<autopilot_configure>(configuration, R"({"LastContactThreshold":"zz"})"),
            R"(Error parsing autopilot config: time: invalid duration "zz")");
  EXPECT_EQ(refusal<autopilot_configure>(std::string(configuration) + "?cas=zz", "{}"),
            R"(Error parsing cas value: strconv.ParseUint: parsing "zz": invalid syntax)");
}

TEST(autopilot_rules, are_written_whatever_there_is_or_over_an_index) {
  auto plain = asked(configuration, R"({"MaxTrailingLogs":7,"LastContactThreshold":"1.5s"})");
  const auto written = autopilot_configure::parse(plain);
  const auto& set = written->command().autopilot();
  EXPECT_FALSE(set.cas());
  EXPECT_FALSE(set.only_first());
  EXPECT_EQ(set.configuration().max_trailing_logs(), 7U);
  EXPECT_EQ(set.configuration().last_contact_threshold(), 1'500'000'000);
  auto over = asked(std::string(configuration) + "?cas=0", "{}");
  const auto careful = autopilot_configure::parse(over);
  EXPECT_TRUE(careful->command().autopilot().cas());
  EXPECT_EQ(careful->command().autopilot().modify_index(), 0U);
}

TEST(autopilot_rules, written_or_not_is_one_word) {
  const auto page = asked(configuration);
  m::CommandResult answer;
  EXPECT_EQ(autopilot_configure::render(answer, page).body, "false");
  answer.set_done(true);
  EXPECT_EQ(autopilot_configure::render(answer, page).body, "true");
  answer.set_error("no");
  EXPECT_EQ(autopilot_configure::render(answer, page).status, 500U);
}

TEST(autopilot_rules, are_shown_with_durations_as_text) {
  m::AutopilotConfigurations answer;
  auto& rules = *answer.add_configurations();
  rules.set_cleanup_dead_servers(true);
  rules.set_last_contact_threshold(200'000'000);
  rules.set_max_trailing_logs(250);
  rules.set_server_stabilization_time(10'000'000'000);
  rules.set_create_index(4);
  rules.set_modify_index(5);
  EXPECT_EQ(autopilot_configuration::render(answer, asked(configuration)).body,
            R"({"CleanupDeadServers":true,"LastContactThreshold":"200ms","MaxTrailingLogs":250,)"
            R"("MinQuorum":0,"ServerStabilizationTime":"10s","RedundancyZoneTag":"",)"
            R"("DisableUpgradeMigration":false,"UpgradeVersionTag":"","CreateIndex":4,)"
            R"("ModifyIndex":5})");
}

// -- /v1/operator/autopilot/health and state -----------------------------------------

m::AutopilotState two_servers() {
  m::AutopilotState state;
  state.set_healthy(true);
  state.set_failure_tolerance(1);
  for (const auto* id : {"a", "b"}) {
    auto& server = *state.add_servers();
    server.set_id(id);
    server.set_name(std::string("n-") + id);
    server.set_address("10.0.0.1:8300");
    server.set_node_status("alive");
    server.set_version("1.22.7");
    server.set_last_term(2);
    server.set_last_index(9);
    server.set_healthy(true);
    server.set_stable_since(1'800'000'000'123'456'789);
    server.set_status("leader");
    server.set_node_type("voter");
  }
  auto& second = *state.mutable_servers(1);
  second.set_last_contact(12'000'000);
  second.set_read_replica(true);
  second.set_status("non-voter");
  second.set_node_type("read-replica");
  return state;
}

TEST(autopilot_health_page, is_429_unless_all_are_healthy) {
  auto state = two_servers();
  const auto page = asked("/v1/operator/autopilot/health");
  EXPECT_EQ(autopilot_health::render(state, page).status, 200U);
  state.set_healthy(false);
  const auto response = autopilot_health::render(state, page);
  EXPECT_EQ(response.status, 429U);
  EXPECT_EQ(response.content_type, json_type);
}

TEST(autopilot_health_page, shows_every_server_by_its_older_names) {
  auto state = two_servers();
  EXPECT_EQ(autopilot_health::render(state, asked("/v1/operator/autopilot/health")).body,
            R"({"Healthy":true,"FailureTolerance":1,"Servers":[)"
            R"({"ID":"a","Name":"n-a","Address":"10.0.0.1:8300","SerfStatus":"alive",)"
            R"("Version":"1.22.7","Leader":true,"LastContact":"0s","LastTerm":2,"LastIndex":9,)"
            R"("Healthy":true,"Voter":true,"StableSince":"2027-01-15T08:00:00Z"},)"
            R"({"ID":"b","Name":"n-b","Address":"10.0.0.1:8300","SerfStatus":"alive",)"
            R"("Version":"1.22.7","Leader":false,"LastContact":"12ms","LastTerm":2,"LastIndex":9,)"
            R"("Healthy":true,"Voter":false,"StableSince":"2027-01-15T08:00:00Z"}]})");
}

TEST(autopilot_state_page, shows_servers_by_id_and_tells_voters_from_replicas) {
  auto state = two_servers();
  const auto body = autopilot_state::render(state, asked("/v1/operator/autopilot/state")).body;
  EXPECT_TRUE(body.starts_with(R"({"Healthy":true,"FailureTolerance":1,)"
                               R"("OptimisticFailureTolerance":1,"Servers":{"a":{"ID":"a",)"))
      << body;
  EXPECT_TRUE(body.ends_with(R"("Leader":"a","Voters":["a"],"ReadReplicas":["b"]})")) << body;
}

TEST(autopilot_state_page, is_200_even_where_health_is_not) {
  auto state = two_servers();
  state.set_healthy(false);
  state.mutable_servers()->RemoveLast();
  const auto response = autopilot_state::render(state, asked("/v1/operator/autopilot/state"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_TRUE(response.body.ends_with(R"("Leader":"a","Voters":["a"]})")) << response.body;
}

}  // namespace
}  // namespace troupe::gateway
