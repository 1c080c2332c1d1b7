#include <gtest/gtest.h>

#include "gateway/http/endpoints/session.hpp"
#include "gateway/http/endpoints/txn.hpp"
#include "gateway/http/front_door.hpp"

namespace troupe::gateway {
namespace {

api_request put(std::string target, std::string body = "") {
  api_request request;
  request.method = http_method::put;
  request.target = std::move(target);
  request.body = std::move(body);
  (void)admit(request, {});
  request.node_name = "n1";
  return request;
}

template <class Endpoint>
api_response failed(api_request request) {
  const auto parsed = Endpoint::parse(request);
  return parsed ? api_response{} : render_failure(parsed.error());
}

m::Session created(const std::string& body) {
  auto request = put("/v1/session/create", body);
  const auto parsed = session_create::parse(request);
  EXPECT_TRUE(parsed);
  return parsed ? parsed->command().session_create().session() : m::Session();
}

// -- sessions -------------------------------------------------------------------

TEST(session_create, fills_in_what_the_body_leaves_open) {
  const auto session = created("");
  EXPECT_EQ(session.node(), "n1");
  EXPECT_EQ(session.behavior(), "release");
  EXPECT_EQ(session.lock_delay(), 15'000'000'000);
  ASSERT_EQ(session.node_checks_size(), 1);
  EXPECT_EQ(session.node_checks(0), "serfHealth");
  EXPECT_TRUE(session.checks().empty());
}

TEST(session_create, reads_a_lock_delay_as_text_or_number) {
  EXPECT_EQ(created(R"({"LockDelay": "3s"})").lock_delay(), 3'000'000'000);
  EXPECT_EQ(created(R"({"LockDelay": 15})").lock_delay(), 15'000'000'000);
  EXPECT_EQ(created(R"({"LockDelay": 1000})").lock_delay(), 1000);
  EXPECT_EQ(created(R"({"LockDelay": "0s"})").lock_delay(), 0);
  EXPECT_EQ(created(R"({"LockDelay": "61s"})").lock_delay(), 61'000'000'000);
}

TEST(session_create, an_empty_list_of_checks_takes_the_default_away) {
  EXPECT_TRUE(created(R"({"Checks": []})").node_checks().empty());
  EXPECT_TRUE(created(R"({"NodeChecks": []})").node_checks().empty());
  const auto named = created(R"({"Checks": ["c"]})");
  ASSERT_EQ(named.checks_size(), 1);
  EXPECT_EQ(named.checks(0), "c");
}

TEST(session_create, lets_nobody_choose_the_id) {
  EXPECT_EQ(created(R"({"ID": "mine", "CreateIndex": 7, "Zed": 1})").id(), "");
}

TEST(session_create, refuses_as_consul_does) {
  EXPECT_EQ(failed<session_create>(put("/v1/session/create", "{bad")).body,
            "Request decode failed: invalid character 'b' looking for beginning of object key "
            "string");
  EXPECT_EQ(failed<session_create>(put("/v1/session/create", R"({"LockDelay": "abc"})")).body,
            "Request decode failed: time: invalid duration \"abc\"");
  m::CommandResult refused;
  refused.set_error("Missing node registration");
  const auto response = session_create::render(refused, put("/v1/session/create"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body, "apply failed: Missing node registration");
}

TEST(session, needs_an_id_or_a_node) {
  EXPECT_EQ(failed<session_destroy>(put("/v1/session/destroy/")).body, "Missing session");
  EXPECT_EQ(failed<session_renew>(put("/v1/session/renew/")).body, "Missing session");
  EXPECT_EQ(failed<session_info>(put("/v1/session/info/")).body, "Missing session");
  EXPECT_EQ(failed<session_node>(put("/v1/session/node/")).body, "Missing node name");
}

TEST(session, is_written_in_consuls_spelling) {
  m::Sessions answer;
  auto& session = *answer.add_sessions();
  session.set_id("i");
  session.set_node("n1");
  session.set_lock_delay(15'000'000'000);
  session.set_behavior("release");
  session.add_node_checks("serfHealth");
  session.set_create_index(7);
  session.set_modify_index(7);
  EXPECT_EQ(session_renew::render(answer, put("/v1/session/renew/i")).body,
            R"([{"ID":"i","Name":"","Node":"n1","LockDelay":15000000000,"Behavior":"release",)"
            R"("TTL":"","NodeChecks":["serfHealth"],"ServiceChecks":null,"CreateIndex":7,)"
            R"("ModifyIndex":7}])");
}

TEST(session_renew, says_which_session_is_not_found) {
  m::Sessions none;
  const auto response = session_renew::render(none, put("/v1/session/renew/gone"));
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(response.body, "Session id 'gone' not found");
}

// -- transactions -----------------------------------------------------------------

TEST(txn, refuses_bodies_as_consul_does) {
  struct refusal_case {
    std::string body;
    unsigned status;
    std::string text;
  };
  std::string many = "[{}";
  for (int i = 0; i < 128; ++i)
    many += ",{}";
  const refusal_case cases[] = {
      {"", 400, "Failed to parse body: EOF"},
      {"{", 400, "Failed to parse body: unexpected EOF"},
      {"{}", 400,
       "Failed to parse body: json: cannot unmarshal object into Go value of type api.TxnOps"},
      {R"([{"KV": {"Verb": "set", "Key": "a", "Value": "@@"}}])", 400,
       "Failed to parse body: illegal base64 data at input byte 0"},
      {R"([{"Session": {}}])", 400, "Failed to parse body: json: unknown field \"Session\""},
      {many + "]", 413, "Transaction contains too many operations (129 > 128)"},
  };
  for (const auto& each : cases) {
    const auto response = failed<txn_read>(put("/v1/txn", each.body));
    EXPECT_EQ(response.status, each.status) << each.body;
    EXPECT_EQ(response.body, each.text);
  }
}

TEST(txn, one_that_changes_nothing_is_a_read) {
  EXPECT_TRUE(is_read_only_txn(put("/v1/txn", "[]")));
  EXPECT_TRUE(is_read_only_txn(put("/v1/txn", R"([{}, {"KV": {"Verb": "get", "Key": "a"}}])")));
  EXPECT_TRUE(is_read_only_txn(put("/v1/txn", R"([{"KV": {"Verb": "zonk", "Key": "a"}}])")));
  EXPECT_FALSE(is_read_only_txn(
      put("/v1/txn", R"([{"KV": {"Verb": "get", "Key": "a"}}, {"Node": {"Verb": "set"}}])")));
}

TEST(txn_read, answers_with_what_it_knows_of_its_freshness) {
  m::TxnReadReply answer;
  answer.mutable_meta()->set_index(1);
  answer.mutable_meta()->set_known_leader(true);
  answer.mutable_meta()->set_last_contact_ms(2);
  answer.mutable_outcome()->add_results()->mutable_kv()->set_key("a");
  const auto response = txn_read::render(answer, put("/v1/txn"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body,
            R"({"Results":[{"KV":{"LockIndex":0,"Key":"a","Flags":0,"Value":null,)"
            R"("CreateIndex":0,"ModifyIndex":0}}],"Errors":null,"Index":1,"LastContact":2000000,)"
            R"("KnownLeader":true,"ConsistencyLevel":"","NotModified":false,"Backend":0,)"
            R"("ResultsFilteredByACLs":false})");
  EXPECT_EQ(response.header_value("X-Consul-Knownleader"), "true");
  EXPECT_EQ(response.header_value("X-Consul-Index"), std::nullopt);
}

TEST(txn_write, answers_a_refusal_with_every_error_and_no_result) {
  m::CommandResult answer;
  auto& error = *answer.mutable_txn()->add_errors();
  error.set_op_index(2);
  error.set_what("why");
  const auto response = txn_write::render(answer, put("/v1/txn"));
  EXPECT_EQ(response.status, 409U);
  EXPECT_EQ(response.content_type, empty_json_type);
  EXPECT_EQ(response.body, R"({"Results":null,"Errors":[{"OpIndex":2,"What":"why"}]})");
}

}  // namespace
}  // namespace troupe::gateway
