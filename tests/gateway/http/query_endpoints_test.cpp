#include <utility>

#include <gtest/gtest.h>

#include "gateway/http/endpoints/query.hpp"
#include "gateway/http/front_door.hpp"

namespace troupe::gateway {
namespace {

const std::string some_id = "11111111-1111-1111-1111-111111111111";

api_request request(http_method method, std::string target, std::string body = "") {
  api_request made;
  made.method = method;
  made.target = std::move(target);
  made.body = std::move(body);
  made.remote_address = "10.0.0.9";
  (void)admit(made, {});
  made.node_name = "n1";
  made.datacenter = "dc1";
  return made;
}
api_request get(std::string target) {
  return request(http_method::get, std::move(target));
}
api_request post(std::string body) {
  return request(http_method::post, "/v1/query", std::move(body));
}

template <class Endpoint>
auto parsed(api_request http) {
  auto message = Endpoint::parse(http);
  EXPECT_TRUE(message) << (message ? "" : message.error().detail);
  return message ? std::move(*message) : typename Endpoint::message();
}
template <class Endpoint>
std::string failed(api_request http) {
  const auto message = Endpoint::parse(http);
  if (message)
    return "accepted";
  const auto response = render_failure(message.error());
  return std::to_string(response.status) + " " + response.body;
}

m::QueryMeta some_meta() {
  m::QueryMeta meta;
  meta.set_index(1);
  meta.set_known_leader(true);
  meta.set_last_contact_ms(2);
  return meta;
}

const std::string tail_of_meta =
    R"("Index":1,"LastContact":2000000,"KnownLeader":true,"ConsistencyLevel":"leader",)"
    R"("NotModified":false,"Backend":0,"ResultsFilteredByACLs":false})";

// -- writes -----------------------------------------------------------------

TEST(query_create, reads_a_whole_definition) {
  const auto propose = parsed<query_create>(post(
      R"({"Name": "q", "Session": "s", "Token": "t", "Template": {"Type": "name_prefix_match",)"
      R"("Regexp": "r", "RemoveEmptyTags": true}, "Service": {"Service": "web",)"
      R"("SamenessGroup": "g", "Failover": {"NearestN": 1, "Datacenters": ["d"],)"
      R"("Targets": [{"Peer": "p", "Datacenter": "d"}]}, "OnlyPassing": true,)"
      R"("IgnoreCheckIDs": ["c"], "Near": "_agent", "Tags": ["!x"], "NodeMeta": {"a": "b"},)"
      R"("ServiceMeta": {"c": "d"}, "Connect": true, "Peer": "p"}, "DNS": {"TTL": "10s"},)"
      R"("CreateIndex": 7, "ModifyIndex": 8})"));
  const auto& set = propose.command().query_set();
  EXPECT_TRUE(set.create());
  EXPECT_EQ(set.query().ShortDebugString(),
            "name: \"q\" session: \"s\" token: \"t\" template { type: \"name_prefix_match\" "
            "regexp: \"r\" remove_empty_tags: true } service { service: \"web\" "
            "sameness_group: \"g\" failover { nearest_n: 1 datacenters: \"d\" targets { peer: "
            "\"p\" datacenter: \"d\" } } only_passing: true ignore_check_ids: \"c\" near: "
            "\"_agent\" tags: \"!x\" node_meta { key: \"a\" value: \"b\" } service_meta { key: "
            "\"c\" value: \"d\" } connect: true peer: \"p\" } dns { ttl: \"10s\" }");
}

TEST(query_create, refuses_with_the_recorded_texts) {
  EXPECT_EQ(failed<query_create>(post("")), "400 Request decode failed: EOF");
  EXPECT_EQ(failed<query_create>(post("{")), "400 Request decode failed: unexpected EOF");
  EXPECT_EQ(failed<query_create>(post(R"({"Zonk": 1})")),
            "400 Request decode failed: json: unknown field \"Zonk\"");
  EXPECT_EQ(failed<query_create>(post(R"({"DNS": {"TTL": 10}})")),
            "400 Request decode failed: json: cannot unmarshal number into Go struct field "
            "QueryDNSOptions.DNS.TTL of type string");
  EXPECT_EQ(failed<query_create>(post(R"({"ID": ")" + some_id + R"("})")),
            "500 ID must be empty when creating a new prepared query");
}

TEST(query_create, answers_with_the_id_or_with_why_not) {
  m::CommandResult done;
  done.set_query_id(some_id);
  const auto made = query_create::render(done, post("{}"));
  EXPECT_EQ(made.status, 200U);
  EXPECT_EQ(made.content_type, json_type);
  EXPECT_EQ(made.body, R"({"ID":")" + some_id + R"("})");
  m::CommandResult refused;
  refused.set_error("why");
  const auto not_made = query_create::render(refused, post("{}"));
  EXPECT_EQ(not_made.status, 500U);
  EXPECT_EQ(not_made.body, "why");
}

TEST(query_update, is_of_the_query_that_the_path_names) {
  const auto propose = parsed<query_update>(
      request(http_method::put, "/v1/query/" + some_id, R"({"ID": "another", "Name": "q"})"));
  EXPECT_FALSE(propose.command().query_set().create());
  EXPECT_EQ(propose.command().query_set().query().id(), some_id);
  const auto empty = parsed<query_update>(request(http_method::put, "/v1/query/" + some_id));
  EXPECT_EQ(empty.command().query_set().query().ShortDebugString(), "id: \"" + some_id + "\"");
  m::CommandResult done;
  EXPECT_EQ(query_update::render(done, get("/v1/query/x")).body, "");
}

TEST(query_delete, is_of_the_query_that_the_path_names) {
  const auto propose = parsed<query_delete>(request(http_method::delete_, "/v1/query/" + some_id));
  EXPECT_EQ(propose.command().query_delete().id(), some_id);
  m::CommandResult refused;
  refused.set_error("why");
  EXPECT_EQ(query_delete::render(refused, get("/v1/query/x")).status, 500U);
}

// -- reads ------------------------------------------------------------------

TEST(query_get, gives_a_list_of_one_or_says_that_there_is_none) {
  m::PreparedQueries answer;
  *answer.mutable_meta() = some_meta();
  answer.mutable_meta()->set_index(9);
  const auto none = query_get::render(answer, get("/v1/query/" + some_id));
  EXPECT_EQ(none.status, 404U);
  EXPECT_EQ(none.body, "Query not found");
  EXPECT_TRUE(none.header_value("X-Consul-Index"));
  EXPECT_FALSE(none.header_value("X-Consul-Effective-Consistency"));
  auto& query = *answer.add_queries();
  query.set_id(some_id);
  query.mutable_service()->set_service("web");
  query.set_create_index(7);
  query.set_modify_index(8);
  const auto one = query_get::render(answer, get("/v1/query/" + some_id));
  EXPECT_EQ(one.header_value("X-Consul-Index"), "9");
  EXPECT_EQ(one.body,
            R"([{"ID":")" + some_id +
                R"(","Name":"","Session":"","Token":"","Template":{"Type":"","Regexp":"",)"
                R"("RemoveEmptyTags":false},"Service":{"Service":"web","SamenessGroup":"",)"
                R"("Failover":{"NearestN":0,"Datacenters":null,"Targets":null},)"
                R"("OnlyPassing":false,"IgnoreCheckIDs":null,"Near":"","Tags":null,)"
                R"("NodeMeta":null,"ServiceMeta":null,"Connect":false,"Peer":""},)"
                R"("DNS":{"TTL":""},"CreateIndex":7,"ModifyIndex":8}])");
}

TEST(query_get, wants_an_id) {
  m::PreparedQueries answer;
  const auto response = query_get::render(answer, get("/v1/query/abc"));
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body, "failed prepared query lookup: index error: UUID must be 36 characters");
}

TEST(query_list, of_nothing_is_an_empty_list) {
  m::PreparedQueries answer;
  EXPECT_EQ(query_list::render(answer, get("/v1/query")).body, "[]");
}

TEST(query_execute, asks_by_name_for_the_client_and_its_agent) {
  const auto query =
      parsed<query_execute>(get("/v1/query/a.b%2Fc/execute?near=_ip&limit=3&index=7&connect=true"));
  EXPECT_EQ(query.id_or_name(), "a.b/c");
  EXPECT_EQ(query.limit(), 3);
  EXPECT_TRUE(query.connect());
  EXPECT_EQ(query.options().near(), "_ip");
  EXPECT_EQ(query.options().min_index(), 0u) << "it never waits";
  EXPECT_EQ(query.agent_node(), "n1");
  EXPECT_EQ(query.source_address(), "10.0.0.9");
}

TEST(query_execute, takes_the_first_address_that_proxies_tell_for_the_clients) {
  const auto address = [](const std::string& forwarded_for) {
    auto http = get("/v1/query/q/execute");
    http.forwarded_for = forwarded_for;
    return parsed<query_execute>(http).source_address();
  };
  EXPECT_EQ(address("10.1.1.1"), "10.1.1.1");
  EXPECT_EQ(address(" 10.1.1.1\t, 10.2.2.2"), "10.1.1.1");
  EXPECT_EQ(address("2001:DB8:0::7"), "2001:db8::7");
  for (const char* none : {"", " ", ",", "client", "10.1.1", "10.1.1.1:80", ", 10.2.2.2"})
    EXPECT_EQ(address(none), "10.0.0.9") << none;
}

TEST(query_execute, takes_a_limit_as_go_reads_it) {
  const auto with = [](const std::string& limit) {
    auto http = get("/v1/query/q/execute?limit=" + limit);
    const auto query = query_execute::parse(http);
    return query ? std::to_string(query->limit()) : query.error().detail;
  };
  EXPECT_EQ(with(""), "0");
  EXPECT_EQ(with("-1"), "-1");
  EXPECT_EQ(with("%2B5"), "5");
  EXPECT_EQ(with("zz"), "Bad limit: strconv.Atoi: parsing \"zz\": invalid syntax");
  EXPECT_EQ(with("%2B-5"), "Bad limit: strconv.Atoi: parsing \"+-5\": invalid syntax");
  EXPECT_EQ(with("5x"), "Bad limit: strconv.Atoi: parsing \"5x\": invalid syntax");
  EXPECT_EQ(with("99999999999999999999"),
            "Bad limit: strconv.Atoi: parsing \"99999999999999999999\": value out of range");
  EXPECT_EQ(failed<query_execute>(get("/v1/query/q/execute?limit=zz")).substr(0, 4), "500 ");
}

TEST(query_execute, answers_in_consuls_spelling) {
  m::PreparedQueryResult answer;
  *answer.mutable_meta() = some_meta();
  answer.set_known(true);
  answer.set_service("web");
  answer.mutable_dns()->set_ttl("9s");
  const auto response = query_execute::render(answer, get("/v1/query/q/execute"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, R"({"Service":"web","Nodes":[],"DNS":{"TTL":"9s"},"Datacenter":"dc1",)"
                           R"("PeerName":"","Failovers":0,)" +
                               tail_of_meta);
  EXPECT_EQ(response.header_value("X-Consul-Effective-Consistency"), "leader");
  for (const auto& [level, name] : {std::pair{m::STALE, "stale"}, {m::CONSISTENT, "consistent"}}) {
    answer.mutable_meta()->set_consistency(level);
    const auto read = query_execute::render(answer, get("/v1/query/q/execute"));
    EXPECT_EQ(read.header_value("X-Consul-Effective-Consistency"), name);
    EXPECT_NE(read.body.find(R"("ConsistencyLevel":")" + std::string(name)), std::string::npos);
  }
  answer.add_instances()->mutable_node()->set_node("n1");
  const auto with_one = query_execute::render(answer, get("/v1/query/q/execute"));
  EXPECT_NE(with_one.body.find(R"("Nodes":[{"Node":{"ID":"","Node":"n1",)"), std::string::npos)
      << with_one.body;
}

TEST(query_execute, says_why_there_is_nothing_to_execute) {
  m::PreparedQueryResult answer;
  const auto unknown = query_execute::render(answer, get("/v1/query/q/execute"));
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_EQ(unknown.body, "Query not found");
  EXPECT_TRUE(unknown.header_value("X-Consul-Knownleader"));
  answer.set_refused("why");
  const auto refused = query_execute::render(answer, get("/v1/query/q/execute"));
  EXPECT_EQ(refused.status, 500U);
  EXPECT_EQ(refused.body, "why");
}

TEST(query_explain, answers_with_the_query_as_it_would_be_asked) {
  EXPECT_EQ(parsed<query_explain>(get("/v1/query/web/explain?index=7")).id_or_name(), "web");
  EXPECT_EQ(failed<query_explain>(get("/v1/query/web/explain?limit=zz")),
            "500 Bad limit: strconv.Atoi: parsing \"zz\": invalid syntax");
  m::PreparedQueryExplained answer;
  *answer.mutable_meta() = some_meta();
  EXPECT_EQ(query_explain::render(answer, get("/v1/query/web/explain")).status, 404U);
  answer.set_known(true);
  answer.mutable_query()->set_id(some_id);
  const auto body = query_explain::render(answer, get("/v1/query/web/explain")).body;
  EXPECT_TRUE(body.starts_with(R"({"Query":{"ID":")" + some_id)) << body;
  EXPECT_TRUE(body.ends_with(R"("ModifyIndex":0},)" + tail_of_meta)) << body;
}

TEST(query_path, tells_executing_and_explaining_from_reading) {
  EXPECT_TRUE(is_query_execution(get("/v1/query/q/execute")));
  EXPECT_TRUE(is_query_explanation(get("/v1/query/q/explain")));
  EXPECT_TRUE(is_query_execution(get("/v1/query/execute")));
  EXPECT_EQ(parsed<query_execute>(get("/v1/query/execute")).id_or_name(), "execute");
  EXPECT_EQ(parsed<query_execute>(get("/v1/query/execute/execute")).id_or_name(), "execute");
  for (const char* target : {"/v1/query/q", "/v1/query/q.execute", "/v1/query/q/executed"}) {
    EXPECT_FALSE(is_query_execution(get(target))) << target;
    EXPECT_FALSE(is_query_explanation(get(target))) << target;
  }
}

}  // namespace
}  // namespace troupe::gateway
