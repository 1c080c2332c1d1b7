#include <gtest/gtest.h>

#include "gateway/http/endpoints/agent.hpp"
#include "gateway/http/endpoints/catalog.hpp"
#include "gateway/http/endpoints/connect.hpp"
#include "gateway/http/endpoints/health.hpp"
#include "gateway/http/endpoints/kv.hpp"
#include "gateway/http/endpoints/status.hpp"
#include "gateway/http/front_door.hpp"

namespace troupe::gateway {
namespace {

api_request asked(std::string target, http_method method = http_method::get,
                  std::string body = "") {
  api_request request;
  request.method = method;
  request.target = std::move(target);
  request.body = std::move(body);
  (void)admit(request, {});
  return request;
}

api_request put(std::string target, std::string body = "") {
  return asked(std::move(target), http_method::put, std::move(body));
}

template <class Endpoint>
api_response failed(api_request request) {
  const auto parsed = Endpoint::parse(request);
  return parsed ? api_response{} : render_failure(parsed.error());
}

// -- options that all reads take -------------------------------------------------

struct refusal_case {
  const char* target;
  const char* text;
};

TEST(read_options, refuses_as_consul_does) {
  const refusal_case cases[] = {
      {"/v1/catalog/nodes?index=1&wait=abc", "Invalid wait time"},
      {"/v1/catalog/nodes?index=1&wait=10", "Invalid wait time"},
      {"/v1/catalog/nodes?index=abc", "Invalid index"},
      {"/v1/catalog/nodes?index=-1", "Invalid index"},
      {"/v1/catalog/nodes?stale&consistent",
       "Cannot specify ?stale with ?consistent, conflicting semantics."},
      {"/v1/catalog/nodes?max_stale=zz", "Invalid max_stale value \"zz\""},
      {"/v1/catalog/nodes?cached&consistent",
       "Cannot specify ?cached with ?consistent, conflicting semantics."},
      {"/v1/catalog/nodes?ns=foo",
       "Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature"},
      {"/v1/catalog/nodes?partition=foo",
       "Invalid query parameter: \"partition\" - Partitions are a Consul Enterprise feature"},
  };
  for (const auto& each : cases) {
    const auto response = failed<catalog_nodes>(asked(each.target));
    EXPECT_EQ(response.status, 400U) << each.target;
    EXPECT_EQ(response.body, each.text);
    EXPECT_EQ(response.content_type, text_type);
  }
}

TEST(read_options, carries_every_parameter) {
  auto request = asked(
      "/v1/catalog/nodes?index=7&wait=1m&dc=dc2&stale&max_stale=10s&near=n&filter=a&node-meta=k:v&"
      "node-meta=only");
  const auto query = catalog_nodes::parse(request);
  ASSERT_TRUE(query);
  const auto& options = query->options();
  EXPECT_EQ(options.min_index(), 7U);
  EXPECT_EQ(options.wait_ms(), 60'000);
  EXPECT_EQ(options.datacenter(), "dc2");
  EXPECT_EQ(options.consistency(), m::STALE);
  EXPECT_EQ(options.max_stale_ms(), 10'000);
  EXPECT_EQ(options.near(), "n");
  EXPECT_EQ(options.filter(), "a");
  EXPECT_EQ(options.node_meta().at("k"), "v");
  EXPECT_EQ(options.node_meta().at("only"), "");
}

TEST(read_options, takes_a_wait_that_is_not_positive_as_the_default) {
  auto request = asked("/v1/catalog/nodes?index=1&wait=-10s");
  EXPECT_EQ(catalog_nodes::parse(request)->options().wait_ms(), 0);
}

TEST(read_options, refuses_a_bad_cache_control_only_with_cached) {
  auto request = asked("/v1/health/service/web?cached");
  request.cache_control = "max-age=abc";
  EXPECT_EQ(failed<health_service>(request).body, "Invalid Cache-Control header.");
  request = asked("/v1/health/service/web");
  request.cache_control = "max-age=abc";
  EXPECT_TRUE(health_service::parse(request));
}

TEST(read_options, reads_cache_control_as_consul_does) {
  auto request = asked("/v1/catalog/datacenters?cached");
  request.cache_control = "Max-Age=30 , must-revalidate,stale-if-error=60, no-cache";
  const auto cache = parse_read_options(request)->cache();
  EXPECT_TRUE(cache.use());
  EXPECT_EQ(cache.max_age_s(), 30);
  EXPECT_TRUE(cache.must_revalidate());
  EXPECT_EQ(cache.stale_if_error_s(), 60);
  request.cache_control = "max-age=0";
  EXPECT_TRUE(parse_read_options(request)->cache().must_revalidate());
  request.cache_control = "max-age=-5";
  EXPECT_EQ(parse_read_options(request)->cache().max_age_s(), 0);
  request.cache_control = "stale-if-error=";
  EXPECT_EQ(parse_read_options(request).error().detail, "Invalid Cache-Control header.");
}

TEST(query_meta, says_hit_with_an_age_or_miss_and_nothing_of_an_answer_not_from_the_cache) {
  m::ServiceHealth answer;
  const auto request = asked("/v1/health/service/web?cached");
  EXPECT_FALSE(health_service::render(answer, request).header_value("X-Cache"));
  answer.mutable_meta()->set_cached(true);
  auto response = health_service::render(answer, request);
  EXPECT_EQ(response.header_value("X-Cache"), "MISS");
  EXPECT_FALSE(response.header_value("Age"));
  answer.mutable_meta()->set_cache_hit(true);
  answer.mutable_meta()->set_cache_age_s(7);
  response = health_service::render(answer, request);
  EXPECT_EQ(response.header_value("X-Cache"), "HIT");
  EXPECT_EQ(response.header_value("Age"), "7");
  m::Datacenters known;
  *known.mutable_meta() = answer.meta();
  EXPECT_EQ(catalog_datacenters::render(known, request).header_value("Age"), "7");
}

TEST(read_options, prefers_tokens_in_consuls_order) {
  auto request = asked("/v1/kv/a?token=one");
  request.token = "two";
  request.authorization = "bearer three";
  EXPECT_EQ(token_of(request), "one");
  request.query.clear();
  EXPECT_EQ(token_of(request), "two");
  request.token.clear();
  EXPECT_EQ(token_of(request), "three");
  request.authorization = "Basic x";
  EXPECT_EQ(token_of(request), "");
}

// -- key/value -----------------------------------------------------------------

TEST(kv_endpoint, refuses_as_consul_does) {
  EXPECT_EQ(failed<kv_read>(asked("/v1/kv/")).body, "Missing key name");
  EXPECT_EQ(failed<kv_write>(put("/v1/kv/")).status, 400U);
  EXPECT_EQ(failed<kv_write>(put("/v1/kv/a?flags=abc")).body,
            "strconv.ParseUint: parsing \"abc\": invalid syntax");
  EXPECT_EQ(failed<kv_write>(put("/v1/kv/a?cas=-1")).status, 500U);
  EXPECT_EQ(failed<kv_write>(put("/v1/kv/a?cas=1&acquire=s")).body,
            "Conflicting flags: acquire=s&cas=1\n");
  EXPECT_EQ(failed<kv_delete>(asked("/v1/kv/a?cas=1&recurse", http_method::delete_)).body,
            "Conflicting flags: cas=1&recurse=\n");
  EXPECT_EQ(failed<kv_read>(asked("/v1/kv/%2e%2e")).body,
            "invalid key name, path traversal is not allowed");
  EXPECT_EQ(failed<kv_read>(asked("/v1/kv/%20a")).body,
            "invalid key name, leading/trailing spaces are not allowed");
}

TEST(kv_endpoint, makes_the_command_that_was_asked_for) {
  auto request = put("/v1/kv/a/b?cas=4&flags=42", "value");
  const auto propose = kv_write::parse(request);
  ASSERT_TRUE(propose);
  const auto& write = propose->command().kv();
  EXPECT_EQ(write.verb(), m::KvWrite::CAS);
  EXPECT_EQ(write.entry().key(), "a/b");
  EXPECT_EQ(write.entry().value(), "value");
  EXPECT_EQ(write.entry().flags(), 42U);
  EXPECT_EQ(write.entry().modify_index(), 4U);
  request = asked("/v1/kv/?recurse", http_method::delete_);
  EXPECT_EQ(kv_delete::parse(request)->command().kv().verb(), m::KvWrite::DELETE_TREE);
}

TEST(kv_endpoint, shows_a_value_raw_or_as_json) {
  m::KvEntries answer;
  answer.mutable_meta()->set_index(18);
  answer.mutable_meta()->set_known_leader(true);
  auto& entry = *answer.add_entries();
  entry.set_key("a");
  entry.set_value("v1");
  entry.set_create_index(18);
  entry.set_modify_index(18);
  const auto json = kv_read::render(answer, asked("/v1/kv/a"));
  EXPECT_EQ(json.body, R"([{"LockIndex":0,"Key":"a","Flags":0,"Value":"djE=","CreateIndex":18,)"
                       R"("ModifyIndex":18}])");
  EXPECT_EQ(json.header_value("X-Consul-Index"), "18");
  EXPECT_EQ(json.header_value("X-Consul-Knownleader"), "true");
  EXPECT_EQ(json.header_value("X-Consul-Effective-Consistency"), std::nullopt);
  const auto raw = kv_read::render(answer, asked("/v1/kv/a?raw"));
  EXPECT_EQ(raw.body, "v1");
  EXPECT_EQ(raw.content_type, text_type);
  EXPECT_EQ(raw.header_value("Content-Security-Policy"), "sandbox");
}

TEST(kv_endpoint, answers_a_missing_key_with_an_index_and_no_body) {
  m::KvEntries answer;
  const auto response = kv_read::render(answer, asked("/v1/kv/none"));
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(response.content_type, "");
  EXPECT_EQ(response.header_value("X-Consul-Index"), "1");  // never 0
}

TEST(kv_endpoint, says_false_when_a_check_and_set_did_not_match) {
  m::CommandResult result;
  EXPECT_EQ(kv_write::render(result, {}).body, "false");
  result.set_done(true);
  EXPECT_EQ(kv_write::render(result, {}).body, "true");
  result.set_error("raft apply failed: invalid session \"abc\"");
  EXPECT_EQ(kv_write::render(result, {}).status, 500U);
}

// -- catalog and health -----------------------------------------------------------

TEST(catalog_endpoint, shows_unknown_nodes_as_consul_does) {
  m::NodeServices answer;
  EXPECT_EQ(catalog_node::render(answer, {}).body, "null");
  EXPECT_EQ(catalog_node_services::render(answer, {}).body, R"({"Node":null,"Services":null})");
  EXPECT_EQ(failed<catalog_node>(asked("/v1/catalog/node/")).body, "Missing node name");
}

TEST(catalog_endpoint, sorts_services_by_name) {
  m::Services answer;
  (*answer.mutable_services())["web"].add_tags("a");
  (*answer.mutable_services())["consul"];
  const auto response = catalog_services::render(answer, {});
  EXPECT_EQ(response.body, R"({"consul":[],"web":["a"]})");
  EXPECT_EQ(response.header_value("X-Consul-Effective-Consistency"), "leader");
}

TEST(catalog_endpoint, decodes_bodies_strictly) {
  EXPECT_EQ(failed<catalog_register>(put("/v1/catalog/register")).body,
            "Request decode failed: EOF");
  EXPECT_EQ(failed<catalog_register>(put("/v1/catalog/register", "{")).body,
            "Request decode failed: unexpected EOF");
  EXPECT_EQ(failed<catalog_register>(put("/v1/catalog/register", "[]")).body,
            "Request decode failed: json: cannot unmarshal array into Go value of type "
            "structs.RegisterRequest");
  auto request = put("/v1/catalog/deregister", R"({"Node":"n","Datacenter":"dc2"})");
  const auto propose = catalog_deregister::parse(request);
  ASSERT_TRUE(propose);
  EXPECT_EQ(propose->options().datacenter(), "dc2");
  EXPECT_EQ(propose->command().deregister().node(), "n");
}

TEST(health_endpoint, reads_passing_as_a_word_or_a_flag) {
  for (const auto& [text, wanted] : {std::pair{"", false},
                                     {"?passing", true},
                                     {"?passing=1", true},
                                     {"?passing=false", false}}) {
    auto request = asked("/v1/health/service/web" + std::string(text));
    const auto query = health_service::parse(request);
    ASSERT_TRUE(query) << text;
    EXPECT_EQ(query->only_passing(), wanted) << text;
  }
  EXPECT_EQ(failed<health_service>(asked("/v1/health/service/web?passing=zz")).body,
            "Invalid value for ?passing");
  EXPECT_EQ(failed<health_state>(asked("/v1/health/state/")).body, "Missing check state");
}

TEST(health_endpoint, selects_by_all_tags) {
  auto request = asked("/v1/health/connect/web?tag=a&tag=b");
  const auto query = health_connect::parse(request);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->selection().tags_size(), 2);
  EXPECT_EQ(query->selection().by(), m::ServiceSelection::CONNECT);
}

TEST(connect_endpoint, gives_the_certificates_alone_when_asked) {
  m::CaRoots answer;
  answer.add_roots()->set_root_cert("PEM\n");
  const auto response = connect_ca_roots::render(answer, asked("/v1/connect/ca/roots?pem=true"));
  EXPECT_EQ(response.body, "PEM\n");
  EXPECT_EQ(response.content_type, "application/pem-certificate-chain");
  EXPECT_EQ(failed<connect_ca_roots>(asked("/v1/connect/ca/roots?pem=zz")).status, 400U);
}

TEST(status_endpoint, shows_the_leader_as_text) {
  m::RaftStatus status;
  EXPECT_EQ(status_leader::render(status, {}).body, "\"\"");
  status.set_leader_address("127.0.0.1:8300");
  EXPECT_EQ(status_leader::render(status, {}).body, "\"127.0.0.1:8300\"");
}

// -- agent ----------------------------------------------------------------------

TEST(agent_endpoint, refuses_as_consul_does) {
  EXPECT_EQ(failed<agent_maintenance>(put("/v1/agent/maintenance")).body,
            "Missing value for enable");
  EXPECT_EQ(failed<agent_service_maintenance>(put("/v1/agent/service/maintenance/?enable=1")).body,
            "Missing service ID");
  EXPECT_EQ(failed<agent_maintenance>(put("/v1/agent/maintenance?enable=zz")).body,
            "Invalid value for enable: \"zz\"");
  EXPECT_EQ(failed<agent_check_update>(put("/v1/agent/check/update/x")).body,
            "Request decode failed: EOF");
  EXPECT_EQ(failed<agent_health_by_id>(asked("/v1/agent/health/service/id/")).status, 500U);
  EXPECT_EQ(failed<agent_members>(asked("/v1/agent/members?segment=zz")).body,
            "Network segments are not supported in this version of Consul");
  EXPECT_EQ(failed<agent_service_register>(
                put("/v1/agent/service/register", R"({"Name":"a","Namespace":"foo"})"))
                .body,
            "Request decode failed: json: unknown field \"Namespace\"");
}

TEST(agent_endpoint, tells_health_by_status_and_reason) {
  m::LocalHealth none;
  const auto unknown = agent_health_by_id::render(none, asked("/v1/agent/health/service/id/x"));
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_EQ(unknown.body, R"({"AggregatedStatus":"critical","Service":null,"Checks":null})");
  EXPECT_EQ(unknown.header_value("X-Consul-Reason"), "ServiceId x not found");
  m::LocalHealth two;
  two.add_instances()->set_aggregated_status("passing");
  two.add_instances()->set_aggregated_status("warning");
  const auto worst =
      agent_health_by_name::render(two, asked("/v1/agent/health/service/name/w?format=text"));
  EXPECT_EQ(worst.status, 429U);
  EXPECT_EQ(worst.body, "warning");
  EXPECT_EQ(worst.content_type, "text/plain");
}

TEST(agent_endpoint, takes_a_ttl_report) {
  auto request = put("/v1/agent/check/fail/c1?note=why");
  const auto report = agent_check_fail::parse(request);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->status(), "critical");
  EXPECT_EQ(report->output(), "why");
  request = put("/v1/agent/check/update/c1", R"({"Status":"passing","Output":"fine"})");
  EXPECT_EQ(agent_check_update::parse(request)->output(), "fine");
}

TEST(agent_endpoint, describes_itself) {
  m::AgentSelf self;
  self.mutable_config()->set_node_name("n1");
  (*(*self.mutable_stats())["raft"].mutable_values())["state"] = "Leader";
  const auto response = agent_self::render(self, {});
  EXPECT_NE(response.body.find(R"("Coord":null)"), std::string::npos) << response.body;
  EXPECT_NE(response.body.find(R"("Stats":{"raft":{"state":"Leader"}})"), std::string::npos)
      << response.body;
  EXPECT_NE(response.body.find(R"("DebugConfig":{})"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace troupe::gateway
