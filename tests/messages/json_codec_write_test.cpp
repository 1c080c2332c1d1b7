#include <string>

#include <gtest/gtest.h>

#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/connect.pb.h"
#include "messages/json_codec.hpp"
#include "messages/kv.pb.h"
#include "tests/messages/every_kind.pb.h"

namespace troupe::messages {
namespace {

TEST(json_codec_write, writes_a_kv_entry_as_consul_does) {
  KvEntry entry;
  entry.set_key("a/b");
  entry.set_value("hello");
  entry.set_flags(42);
  entry.set_create_index(7);
  entry.set_modify_index(18446744073709551615ULL);
  EXPECT_EQ(to_json(entry),
            R"({"LockIndex":0,"Key":"a/b","Flags":42,"Value":"aGVsbG8=","CreateIndex":7,)"
            R"("ModifyIndex":18446744073709551615})");
}

TEST(json_codec_write, shows_empty_fields_by_their_rule) {
  // Value: null; Session: left out; the rest: written.
  EXPECT_EQ(to_json(KvEntry{}),
            R"({"LockIndex":0,"Key":"","Flags":0,"Value":null,"CreateIndex":0,"ModifyIndex":0})");
  // Maps that are null, {} or left out.
  EXPECT_EQ(to_json(Node{}),
            R"({"ID":"","Node":"","Address":"","Datacenter":"","TaggedAddresses":null,"Meta":null,)"
            R"("CreateIndex":0,"ModifyIndex":0})");
  EXPECT_EQ(to_json(Expose{}), "{}");
}

TEST(json_codec_write, writes_an_unset_message_with_all_of_its_fields) {
  EXPECT_EQ(to_json(NodeService{}),
            R"({"ID":"","Service":"","Tags":[],"Address":"","Meta":null,)"
            R"("Weights":{"Passing":0,"Warning":0},"EnableTagOverride":false,)"
            R"("Proxy":{"MeshGateway":{},"Expose":{}},"Connect":{},"PeerName":"",)"
            R"("CreateIndex":0,"ModifyIndex":0})");
}

TEST(json_codec_write, an_unset_message_may_be_null_or_left_out) {
  AgentServiceHealth health;
  EXPECT_EQ(to_json(health), R"({"AggregatedStatus":"","Service":null,"Checks":[]})");
  Node node;
  EXPECT_EQ(to_json(node).find("Locality"), std::string::npos);
  node.mutable_locality();
  EXPECT_NE(to_json(node).find(R"("Locality":{})"), std::string::npos);
}

TEST(json_codec_write, an_unset_message_of_a_type_that_holds_itself_is_null) {
  const auto text = to_json(ServiceDefinition{});
  EXPECT_NE(text.find(R"("Connect":null)"), std::string::npos) << text;
  EXPECT_EQ(to_json(ServiceConnectDefinition{}), R"({"Native":false,"SidecarService":null})");
}

TEST(json_codec_write, internal_fields_never_show) {
  NodeService service;
  service.set_node("secret-node");
  EXPECT_EQ(to_json(service).find("secret-node"), std::string::npos);
}

TEST(json_codec_write, secrets_are_hidden) {
  CheckDefinition check;
  EXPECT_NE(to_json(check).find(R"("Token":"")"), std::string::npos);
  check.set_token("5e37");
  EXPECT_NE(to_json(check).find(R"("Token":"hidden")"), std::string::npos);
  EXPECT_EQ(to_json(check).find("5e37"), std::string::npos);
}

TEST(json_codec_write, durations_and_times_are_texts) {
  CheckDefinition check;
  check.set_interval(90'000'000'000);
  const auto text = to_json(check);
  EXPECT_NE(text.find(R"("Interval":"1m30s")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("Timeout":"0s")"), std::string::npos) << text;
  CaRoot root;
  root.set_not_before(1'795'360'562'000'000'000);
  EXPECT_NE(to_json(root).find(R"("NotBefore":"2026-11-22T15:16:02Z")"), std::string::npos);
  tests::EveryKind every;
  every.set_delay(15'000'000'000);
  EXPECT_NE(to_json(every).find(R"("Delay":15000000000)"), std::string::npos);
}

TEST(json_codec_write, maps_are_sorted_by_key) {
  Node node;
  for (const char* key : {"b", "a", "ab", "A", ""})
    (*node.mutable_meta())[key] = key;
  EXPECT_NE(to_json(node).find(R"("Meta":{"":"","A":"A","a":"a","ab":"ab","b":"b"})"),
            std::string::npos);
  for (int i = 0; i < 100; ++i)
    (*node.mutable_meta())[std::to_string(i)] = "x";
  const auto text = to_json(node);
  EXPECT_LT(text.find(R"("0":)"), text.find(R"("1":)"));
  EXPECT_LT(text.find(R"("99":)"), text.find(R"("A":)"));
}

TEST(json_codec_write, headers_and_service_tags_are_plain_lists) {
  HealthCheckDefinition definition;
  auto& values = (*definition.mutable_header())["Accept"];
  values.add_values("a");
  values.add_values("b");
  EXPECT_EQ(to_json(definition), R"({"Header":{"Accept":["a","b"]}})");
  Services services;
  (*services.mutable_services())["consul"];
  (*services.mutable_services())["web"].add_tags("v1");
  EXPECT_NE(to_json(services).find(R"({"consul":[],"web":["v1"]})"), std::string::npos);
}

TEST(json_codec_write, any_object_keeps_whole_numbers_whole) {
  Upstream upstream;
  auto& fields = *upstream.mutable_config()->mutable_fields();
  fields["connect_timeout_ms"].set_number_value(1000);
  fields["ratio"].set_number_value(0.25);
  fields["list"].mutable_list_value()->add_values()->set_bool_value(true);
  fields["list"].mutable_list_value()->add_values();
  fields["deep"].mutable_struct_value();
  EXPECT_EQ(to_json(upstream),
            R"({"Config":{"connect_timeout_ms":1000,"deep":{},"list":[true,null],"ratio":0.25},)"
            R"("MeshGateway":{}})");
  EXPECT_EQ(to_json(upstream.config()),
            R"({"connect_timeout_ms":1000,"deep":{},"list":[true,null],"ratio":0.25})");
}

TEST(json_codec_write, enums_are_names_and_of_a_oneof_only_what_is_set_shows) {
  tests::EveryKind every;
  every.set_colour(tests::GREEN);
  auto text = to_json(every);
  EXPECT_NE(text.find(R"("Colour":"GREEN")"), std::string::npos);
  EXPECT_EQ(text.find("Choice"), std::string::npos);
  EXPECT_NE(text.find(R"("Maybe":null)"), std::string::npos);
  every.set_number_choice(0);
  every.set_maybe(0);
  text = to_json(every);
  EXPECT_NE(text.find(R"("NumberChoice":0)"), std::string::npos);
  EXPECT_NE(text.find(R"("Maybe":0)"), std::string::npos);
}

TEST(json_codec_write, pretty_indents_by_four) {
  Node node;
  node.set_node("n1");
  (*node.mutable_meta())["k"] = "v";
  (*node.mutable_tagged_addresses())["lan"] = "1.2.3.4";
  EXPECT_EQ(to_json(node, true), R"({
    "ID": "",
    "Node": "n1",
    "Address": "",
    "Datacenter": "",
    "TaggedAddresses": {
        "lan": "1.2.3.4"
    },
    "Meta": {
        "k": "v"
    },
    "CreateIndex": 0,
    "ModifyIndex": 0
})");
  CheckServiceNode instance;
  EXPECT_NE(to_json(instance, true).find("\n    \"Checks\": []\n}"), std::string::npos);
  EXPECT_NE(to_json(instance, true).find("\n        \"Connect\": {},\n"), std::string::npos);
}

TEST(json_codec_write, append_keeps_what_is_there) {
  std::string out = "[";
  append_json(out, Weights{});
  EXPECT_EQ(out, R"([{"Passing":0,"Warning":0})");
}

}  // namespace
}  // namespace troupe::messages
