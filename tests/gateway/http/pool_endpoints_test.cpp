#include <gtest/gtest.h>

#include "gateway/http/endpoints/coordinate.hpp"
#include "gateway/http/endpoints/event.hpp"
#include "gateway/http/endpoints/pool.hpp"
#include "gateway/http/front_door.hpp"

namespace troupe::gateway {
namespace {

api_request request_of(http_method method, std::string target, std::string body = "") {
  api_request request;
  request.method = method;
  request.target = std::move(target);
  request.body = std::move(body);
  (void)admit(request, {});
  return request;
}

api_request put(std::string target, std::string body = "") {
  return request_of(http_method::put, std::move(target), std::move(body));
}

template <class Endpoint>
api_response failed(api_request request) {
  const auto parsed = Endpoint::parse(request);
  return parsed ? api_response{} : render_failure(parsed.error());
}

template <class Endpoint>
typename Endpoint::message parsed(api_request request) {
  auto message = Endpoint::parse(request);
  EXPECT_TRUE(message);
  return message ? *message : typename Endpoint::message();
}

// -- joining and leaving -----------------------------------------------------------

TEST(agent_join, names_the_address_and_the_pool) {
  EXPECT_EQ(parsed<agent_join>(put("/v1/agent/join/10.0.0.1:8301")).addresses(0), "10.0.0.1:8301");
  EXPECT_FALSE(parsed<agent_join>(put("/v1/agent/join/a")).wan());
  EXPECT_TRUE(parsed<agent_join>(put("/v1/agent/join/a?wan=1")).wan());
}

TEST(agent_join, fails_with_every_address_that_did_not_answer) {
  m::PoolJoined none;
  none.add_errors("Failed to join 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused");
  const auto one = agent_join::render(none, {});
  EXPECT_EQ(one.status, 500U);
  EXPECT_EQ(one.body,
            "1 error occurred:\n\t* Failed to join 127.0.0.1:1: dial tcp 127.0.0.1:1: connect: "
            "connection refused\n\n");
  none.add_errors("b");
  EXPECT_TRUE(agent_join::render(none, {}).body.starts_with("2 errors occurred:\n"));
  none.set_joined(1);
  EXPECT_EQ(agent_join::render(none, {}).status, 200U) << "one is enough";
}

TEST(agent_force_leave, reads_its_switches) {
  const auto order = parsed<agent_force_leave>(put("/v1/agent/force-leave/n1?prune"));
  EXPECT_EQ(order.node(), "n1");
  EXPECT_TRUE(order.prune());
  EXPECT_FALSE(order.wan());
}

// -- keyrings ------------------------------------------------------------------------

api_request get_keyring(const std::string& query) {
  return request_of(http_method::get, "/v1/operator/keyring" + query);
}

TEST(keyring, refuses_as_consul_does) {
  EXPECT_EQ(failed<keyring_list>(get_keyring("?relay-factor=9")).body,
            "Invalid relay-factor: Relay factor must be in range: [0, 5]");
  EXPECT_EQ(failed<keyring_list>(get_keyring("?relay-factor=-1")).body,
            "Invalid relay-factor: Relay factor must be in range: [0, 5]");
  EXPECT_EQ(failed<keyring_list>(get_keyring("?relay-factor=z")).body,
            "Error parsing relay factor: strconv.Atoi: parsing \"z\": invalid syntax");
  EXPECT_EQ(failed<keyring_list>(get_keyring("?relay-factor=99999999999999999999")).body,
            "Error parsing relay factor: strconv.Atoi: parsing \"99999999999999999999\": value out "
            "of range");
  EXPECT_EQ(failed<keyring_list>(get_keyring("?local-only=zz")).body,
            "Error parsing local-only: strconv.ParseBool: parsing \"zz\": invalid syntax");
  const auto empty = failed<keyring_install>(put("/v1/operator/keyring"));
  EXPECT_EQ(empty.status, 400U);
  EXPECT_EQ(empty.body, "Request decode failed: EOF");
  EXPECT_EQ(failed<keyring_use>(put("/v1/operator/keyring?local-only=true", R"({"Key":"k"})")).body,
            "Invalid use of local-only: local-only can only be set for list requests");
}

TEST(keyring, asks_for_one_operation) {
  const auto list = parsed<keyring_list>(get_keyring("?relay-factor=5&local-only=1"));
  EXPECT_EQ(list.operation(), m::KeyringRequest::LIST);
  EXPECT_EQ(list.relay_factor(), 5U);
  EXPECT_TRUE(list.local_only());
  const auto removed = parsed<keyring_remove>(put("/v1/operator/keyring", R"({"Key":"k"})"));
  EXPECT_EQ(removed.operation(), m::KeyringRequest::REMOVE);
  EXPECT_EQ(removed.key(), "k");
}

m::Keyrings two_pools() {
  m::Keyrings answer;
  auto& wan = *answer.add_pools();
  wan.set_wan(true);
  wan.set_datacenter("dc1");
  wan.set_num_nodes(1);
  auto& lan = *answer.add_pools();
  lan.set_datacenter("dc1");
  lan.set_num_nodes(1);
  return answer;
}

TEST(keyring, lists_pools_in_consuls_spelling) {
  auto answer = two_pools();
  (*answer.mutable_pools(0)->mutable_keys())["k"] = 1;
  (*answer.mutable_pools(0)->mutable_primary_keys())["k"] = 1;
  EXPECT_EQ(keyring_list::render(answer, get_keyring("")).body,
            R"([{"WAN":true,"Datacenter":"dc1","Segment":"","Keys":{"k":1},)"
            R"("PrimaryKeys":{"k":1},"NumNodes":1},)"
            R"({"WAN":false,"Datacenter":"dc1","Segment":"","Keys":{},)"
            R"("PrimaryKeys":{},"NumNodes":1}])");
}

TEST(keyring, says_of_each_pool_and_member_why_it_failed) {
  auto answer = two_pools();
  for (auto& pool : *answer.mutable_pools())
    pool.set_error("1/1 nodes reported failure");
  (*answer.mutable_pools(0)->mutable_messages())["n22.dc1"] = "Keyring is empty";
  (*answer.mutable_pools(1)->mutable_messages())["n22"] = "Keyring is empty";
  const std::string wanted =
      "4 errors occurred:\n\t* WAN error: 1/1 nodes reported failure\n\t* n22.dc1: Keyring is "
      "empty\n\t* dc1 (LAN) error: 1/1 nodes reported failure\n\t* n22: Keyring is empty\n\n";
  const auto listed = keyring_list::render(answer, get_keyring(""));
  EXPECT_EQ(listed.status, 500U);
  EXPECT_EQ(listed.body, wanted);
  EXPECT_EQ(keyring_install::render(answer, put("/v1/operator/keyring")).body, wanted);
}

// -- coordinates -----------------------------------------------------------------------

m::Coordinates two_segments() {
  m::Coordinates answer;
  answer.mutable_meta()->set_index(7);
  for (const char* segment : {"", "s"}) {
    auto& entry = *answer.add_coordinates();
    entry.set_node("n1");
    entry.set_segment(segment);
    entry.mutable_coord()->add_vec(0.5);
    entry.mutable_coord()->set_error(1.5);
    entry.mutable_coord()->set_height(1e-05);
  }
  return answer;
}

TEST(coordinate, is_written_in_consuls_spelling) {
  auto answer = two_segments();
  const auto response = coordinate_nodes::render(
      answer, request_of(http_method::get, "/v1/coordinate/nodes?segment="));
  EXPECT_EQ(response.body,
            R"([{"Node":"n1","Segment":"","Coord":{"Vec":[0.5],"Error":1.5,"Adjustment":0,)"
            R"("Height":0.00001}}])");
  EXPECT_EQ(response.header_value("X-Consul-Index"), "7");
  EXPECT_FALSE(response.header_value("X-Consul-Effective-Consistency"));
}

TEST(coordinate, of_an_unknown_node_or_segment_is_not_found_and_has_no_headers) {
  auto answer = two_segments();
  const auto response = coordinate_node::render(
      answer, request_of(http_method::get, "/v1/coordinate/node/n1?segment=x"));
  EXPECT_EQ(response.status, 404U);
  EXPECT_EQ(response.body, "");
  EXPECT_FALSE(response.header_value("X-Consul-Index"));
}

TEST(coordinate, update_takes_the_queries_datacenter_before_the_bodys) {
  const std::string body =
      R"({"Datacenter":"dc2","Node":"n1","Coord":{"Vec":[1,2],"Error":1,"Height":0.5}})";
  const auto update = parsed<coordinate_update>(put("/v1/coordinate/update", body));
  EXPECT_EQ(update.options().datacenter(), "dc2");
  EXPECT_EQ(update.entry().node(), "n1");
  EXPECT_EQ(update.entry().coord().vec_size(), 2);
  EXPECT_EQ(
      parsed<coordinate_update>(put("/v1/coordinate/update?dc=dc3", body)).options().datacenter(),
      "dc3");
  EXPECT_EQ(failed<coordinate_update>(put("/v1/coordinate/update")).body,
            "Request decode failed: EOF");
}

// -- events ------------------------------------------------------------------------------

TEST(event, is_fired_with_its_filters_and_payload) {
  const auto fire =
      parsed<event_fire>(put("/v1/event/fire/deploy?node=n.*&service=web&tag=a&dc=dc2", "hello"));
  EXPECT_EQ(fire.datacenter(), "dc2");
  EXPECT_EQ(fire.event().name(), "deploy");
  EXPECT_EQ(fire.event().payload(), "hello");
  EXPECT_EQ(fire.event().node_filter(), "n.*");
  EXPECT_EQ(fire.event().service_filter(), "web");
  EXPECT_EQ(fire.event().tag_filter(), "a");
}

TEST(event, needs_a_name_and_a_small_payload) {
  EXPECT_EQ(failed<event_fire>(put("/v1/event/fire/")).body, "Missing name");
  EXPECT_TRUE(event_fire::parse(
      *std::make_unique<api_request>(put("/v1/event/fire/x", std::string(300, 'x')))));
  const auto large = failed<event_fire>(put("/v1/event/fire/x", std::string(301, 'x')));
  EXPECT_EQ(large.status, 413U);
  EXPECT_EQ(large.body,
            "Event payload too large, received 301 bytes, max size: 300 bytes. User events should "
            "be kept small for efficient gossip propagation.");
}

TEST(event, is_written_in_consuls_spelling) {
  m::AgentEvents answer;
  answer.mutable_meta()->set_index(42);
  auto& event = *answer.add_events();
  event.set_id("i");
  event.set_name("deploy");
  event.set_version(1);
  event.set_ltime(2);
  const auto response = event_list::render(answer, request_of(http_method::get, "/v1/event/list"));
  EXPECT_EQ(response.body,
            R"([{"ID":"i","Name":"deploy","Payload":null,"NodeFilter":"","ServiceFilter":"",)"
            R"("TagFilter":"","Version":1,"LTime":2}])");
  EXPECT_EQ(response.header_value("X-Consul-Index"), "42");
  EXPECT_FALSE(response.header_value("X-Consul-Knownleader"));
}

}  // namespace
}  // namespace troupe::gateway
