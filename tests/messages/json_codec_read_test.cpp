#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "messages/agent.pb.h"
#include "messages/catalog.pb.h"
#include "messages/connect.pb.h"
#include "messages/json_codec.hpp"
#include "messages/kv.pb.h"
#include "messages/limits.hpp"
#include "tests/messages/every_kind.pb.h"

namespace troupe::messages {
namespace {

constexpr json_read_options strict{};
constexpr json_read_options agent_body{.snake_case = true};

template <class Message>
std::string refusal(const std::string& text, json_read_options options = strict) {
  Message message;
  const auto outcome = from_json(text, message, options);
  return outcome ? "accepted" : outcome.error().detail;
}

template <class Message>
Message read(const std::string& text, json_read_options options = strict) {
  Message message;
  const auto outcome = from_json(text, message, options);
  EXPECT_TRUE(outcome) << text << ": " << (outcome ? "" : outcome.error().detail);
  return message;
}

struct refused_body {
  std::string body;
  std::string detail;
};

// Bodies that Consul 1.22.7 was sent, and its answers without "Request decode failed: ".
TEST(json_codec_read, answers_a_bad_catalog_registration_as_consul_does) {
  const std::vector<refused_body> cases{
      {"", "EOF"},
      {"{", "unexpected EOF"},
      {"{bad", "invalid character 'b' looking for beginning of object key string"},
      {R"({"Node": 1, "Address": "1.1.1.1"})",
       "json: cannot unmarshal number into Go struct field RegisterRequest.Node of type string"},
      {R"({"Node": "x", "Address": "1.1.1.1", "Service": {"Service": "s", "Port": "abc"}})",
       "json: cannot unmarshal string into Go struct field NodeService.Service.Port of type int"},
      {"[]", "json: cannot unmarshal array into Go value of type structs.RegisterRequest"},
  };
  for (const auto& [body, detail] : cases)
    EXPECT_EQ(refusal<RegisterRequest>(body), detail);
  EXPECT_EQ(refusal<DeregisterRequest>(""), "EOF");
}

TEST(json_codec_read, answers_a_bad_service_registration_as_consul_does) {
  const std::vector<refused_body> cases{
      {"", "EOF"},
      {R"({"Name":)", "unexpected EOF"},
      {R"({"Name": "nsx", "Namespace": "foo"})", R"(json: unknown field "Namespace")"},
      {R"({"Name": "a", "Port": "abc"})",
       "json: cannot unmarshal string into Go struct field .Alias.Port of type int"},
      {R"({"Name": "aport", "Port": "80"})",
       "json: cannot unmarshal string into Go struct field .Alias.Port of type int"},
      {R"({"Name": "auf", "Zed": 1})", R"(json: unknown field "Zed")"},
      {R"({"Name": "a", "Meta": {"a": 1}})",
       "json: cannot unmarshal number into Go struct field .Alias.Meta of type string"},
      {R"({"Name": "a", "Check": {"TTL": "zz"}})", R"(time: invalid duration "zz")"},
  };
  for (const auto& [body, detail] : cases)
    EXPECT_EQ(refusal<ServiceDefinition>(body, agent_body), detail);
}

TEST(json_codec_read, answers_a_bad_check_registration_as_consul_does) {
  EXPECT_EQ(refusal<CheckDefinition>("", agent_body), "EOF");
  EXPECT_EQ(refusal<CheckDefinition>("{", agent_body), "unexpected EOF");
  EXPECT_EQ(refusal<CheckDefinition>(R"({"TTL": "abc"})", agent_body),
            R"(time: invalid duration "abc")");
  read<CheckDefinition>(
      R"({"Name": "x", "TCP": "127.0.0.1:1", "Interval": "10s", "FailuresBeforeWarning": 5})",
      agent_body);
}

TEST(json_codec_read, words_syntax_errors_as_gos_scanner_does) {
  const std::vector<refused_body> cases{
      {" \n\t", "EOF"},
      {"[1", "unexpected EOF"},
      {R"({"Node":"a)", "unexpected EOF"},
      {"tru", "unexpected EOF"},
      {"-", "unexpected EOF"},
      {"x", "invalid character 'x' looking for beginning of value"},
      {R"({"Node" 1})", "invalid character '1' after object key"},
      {R"({"Node":"a" x})", "invalid character 'x' after object key:value pair"},
      {R"({"Node":"a",})", "invalid character '}' looking for beginning of object key string"},
      {R"({"Checks":[1 2]})", "invalid character '2' after array element"},
      {R"({"Checks":[1,]})", "invalid character ']' looking for beginning of value"},
      {"{\"Node\":\"a\nb\"}", "invalid character '\\n' in string literal"},
      {R"({"Node":"\x"})", "invalid character 'x' in string escape code"},
      {R"({"Node":"\u12G4"})", "invalid character 'G' in \\u hexadecimal character escape"},
      {R"({"Node":nul1})", "invalid character '1' in literal null (expecting 'l')"},
      {R"({"Node":tRue})", "invalid character 'R' in literal true (expecting 'r')"},
      {R"({"Node":01})", "invalid character '1' after object key:value pair"},
      {R"({"Node":-x})", "invalid character 'x' in numeric literal"},
      {R"({"Node":1.x})", "invalid character 'x' after decimal point in numeric literal"},
      {R"({"Node":1ex})", "invalid character 'x' in exponent of numeric literal"},
      {"{'Node':1}", R"(invalid character '\'' looking for beginning of object key string)"},
      {R"({"Node":"a""b":1})", R"(invalid character '"' after object key:value pair)"},
      {"\xef\xbb\xbf{}", "invalid character '\u00ef' looking for beginning of value"},
      {std::string(1, '\0'), R"(invalid character '\x00' looking for beginning of value)"},
  };
  for (const auto& [body, detail] : cases)
    EXPECT_EQ(refusal<RegisterRequest>(body), detail) << body;
}

TEST(json_codec_read, ignores_what_follows_the_first_value) {
  EXPECT_EQ(read<Weights>(R"({"Passing":3} trash)").passing(), 3);
  EXPECT_EQ(refusal<Weights>("12x"),
            "json: cannot unmarshal number into Go value of type structs.Weights");
}

TEST(json_codec_read, says_which_value_has_the_wrong_kind) {
  const std::vector<refused_body> cases{
      {R"({"Service":1})",
       "json: cannot unmarshal number into Go struct field RegisterRequest.Service of type "
       "structs.NodeService"},
      {R"({"Service":{"Tags":"a"}})",
       "json: cannot unmarshal string into Go struct field NodeService.Service.Tags of type "
       "[]string"},
      {R"({"Service":{"Tags":[{}]}})",
       "json: cannot unmarshal object into Go struct field NodeService.Service.Tags of type "
       "string"},
      {R"({"NodeMeta":true})",
       "json: cannot unmarshal bool into Go struct field RegisterRequest.NodeMeta of type "
       "map[string]string"},
      {R"({"Service":{"TaggedAddresses":{"lan":{"Port":[]}}}})",
       "json: cannot unmarshal array into Go struct field "
       "ServiceAddress.Service.TaggedAddresses.Port of type int"},
      {R"({"SkipNodeUpdate":"true"})",
       "json: cannot unmarshal string into Go struct field RegisterRequest.SkipNodeUpdate of type "
       "bool"},
      {R"({"Service":{"Port":70000000000}})",
       "json: cannot unmarshal number 70000000000 into Go struct field NodeService.Service.Port "
       "of type int"},
      {R"({"Service":{"Port":1.5}})",
       "json: cannot unmarshal number 1.5 into Go struct field NodeService.Service.Port of type "
       "int"},
      {R"({"Service":{"CreateIndex":-1}})",
       "json: cannot unmarshal number -1 into Go struct field NodeService.Service.CreateIndex of "
       "type uint64"},
      {R"("text")", "json: cannot unmarshal string into Go value of type structs.RegisterRequest"},
  };
  for (const auto& [body, detail] : cases)
    EXPECT_EQ(refusal<RegisterRequest>(body), detail);
}

TEST(json_codec_read, reports_the_first_error_and_reads_on) {
  RegisterRequest request;
  const auto outcome = from_json(R"({"Node":1,"Zed":2,"Address":3,"Datacenter":"dc1"})", request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(
      outcome.error().detail,
      "json: cannot unmarshal number into Go struct field RegisterRequest.Node of type string");
  EXPECT_EQ(request.datacenter(), "dc1");
  EXPECT_EQ(refusal<RegisterRequest>(R"({"Zed":2,"Node":1})"), R"(json: unknown field "Zed")");
}

TEST(json_codec_read, a_name_matches_without_case) {
  EXPECT_EQ(read<RegisterRequest>(R"({"NODE":"a","address":"b"})").node(), "a");
  EXPECT_EQ(read<RegisterRequest>(R"({"\u004eode":"a"})").node(), "a");
}

TEST(json_codec_read, snake_case_is_read_where_it_is_asked_for) {
  const std::string body = R"({"name":"a","enable_tag_override":true,"check":{"script_args":["x"],)"
                           R"("deregister_critical_service_after":"1m"}})";
  const auto service = read<ServiceDefinition>(body, agent_body);
  EXPECT_TRUE(service.enable_tag_override());
  EXPECT_EQ(service.check().args(0), "x");
  EXPECT_EQ(service.check().deregister_critical_service_after(), 60'000'000'000);
  EXPECT_EQ(refusal<ServiceDefinition>(body), R"(json: unknown field "enable_tag_override")");
}

TEST(json_codec_read, other_names_of_a_field_count) {
  const auto check = read<CheckDefinition>(R"({"CheckID":"c","ScriptArgs":["a","b"]})");
  EXPECT_EQ(check.id(), "c");
  EXPECT_EQ(check.args_size(), 2);
}

TEST(json_codec_read, unknown_and_internal_names_are_refused_or_ignored) {
  EXPECT_EQ(refusal<NodeService>(R"({"node":"x"})"), R"(json: unknown field "node")");
  EXPECT_EQ(refusal<NodeService>("{\"a\\\"\\n\":1}"), R"(json: unknown field "a\"\n")");
  const auto service =
      read<NodeService>(R"({"node":"x","Zed":{"a":[1,"]"]},"ID":"i"})", {.ignore_unknown = true});
  EXPECT_EQ(service.node(), "");
  EXPECT_EQ(service.id(), "i");
}

TEST(json_codec_read, null_leaves_a_field_as_it_was) {
  RegisterRequest request;
  request.set_node("n");
  request.mutable_service()->set_port(5);
  ASSERT_TRUE(from_json(R"({"Node":null,"Service":null,"Checks":null})", request));
  EXPECT_EQ(request.node(), "n");
  EXPECT_EQ(request.service().port(), 5);
  ASSERT_TRUE(from_json("null", request));
  EXPECT_FALSE(read<RegisterRequest>(R"({"Service":null})").has_service());
  EXPECT_EQ(read<NodeService>(R"({"Tags":[null,"a"]})").tags_size(), 2);
  EXPECT_EQ(read<Node>(R"({"Meta":{"a":null}})").meta().at("a"), "");
}

TEST(json_codec_read, of_a_name_that_comes_twice_the_last_wins_and_maps_are_merged) {
  const auto service = read<NodeService>(
      R"({"Port":1,"Port":2,"Tags":["a","b"],"Tags":["c"],"Meta":{"a":"1","b":"1"},)"
      R"("Meta":{"b":"2"},"TaggedAddresses":{"lan":{"Address":"x","Port":1},"lan":{"Port":2}}})");
  EXPECT_EQ(service.port(), 2);
  ASSERT_EQ(service.tags_size(), 1);
  EXPECT_EQ(service.tags(0), "c");
  ASSERT_EQ(service.meta().size(), 2U);
  EXPECT_EQ(service.meta().at("a"), "1");
  EXPECT_EQ(service.meta().at("b"), "2");
  ASSERT_EQ(service.tagged_addresses().size(), 1U);
  EXPECT_EQ(service.tagged_addresses().at("lan").port(), 2);
  EXPECT_EQ(service.tagged_addresses().at("lan").address(), "");
}

TEST(json_codec_read, durations_are_texts_or_nanoseconds) {
  EXPECT_EQ(read<CheckDefinition>(R"({"Interval":"1m30s"})").interval(), 90'000'000'000);
  EXPECT_EQ(read<CheckDefinition>(R"({"Interval":10000000000})").interval(), 10'000'000'000);
  EXPECT_EQ(read<CheckDefinition>(R"({"Interval":1e9})").interval(), 1'000'000'000);
  EXPECT_EQ(read<tests::EveryKind>(R"({"Delay":"15s"})").delay(), 15'000'000'000);
  EXPECT_EQ(read<CheckDefinition>(R"({"Interval":true})").interval(), 0);
  EXPECT_EQ(refusal<CheckDefinition>(R"({"Interval":"10"})"),
            R"(time: missing unit in duration "10")");
  EXPECT_NE(refusal<CheckDefinition>(R"({"Interval":1e300})"), "accepted");
}

TEST(json_codec_read, times_are_texts) {
  EXPECT_EQ(read<CaRoot>(R"({"NotBefore":"2026-11-22T15:16:02Z"})").not_before(),
            1'795'360'562'000'000'000);
  EXPECT_EQ(refusal<CaRoot>(R"({"NotBefore":5})"),
            "Time.UnmarshalJSON: input is not a JSON string");
}

TEST(json_codec_read, bytes_are_base64) {
  EXPECT_EQ(read<KvEntry>(R"({"Value":"aGVsbG8="})").value(), "hello");
  EXPECT_EQ(read<KvEntry>(R"({"Value":[104,105]})").value(), "hi");
  EXPECT_EQ(refusal<KvEntry>(R"({"Value":"zz"})"), "illegal base64 data at input byte 0");
  EXPECT_EQ(refusal<KvEntry>(R"({"Value":7})"),
            "json: cannot unmarshal number into Go struct field KvEntry.Value of type []uint8");
}

TEST(json_codec_read, texts_are_unescaped) {
  EXPECT_EQ(read<Node>(R"({"Node":"\"\\\/\b\f\n\r\t\u00e9\u003c"})").node(),
            "\"\\/\b\f\n\r\t\u00e9<");
  EXPECT_EQ(read<Node>(R"({"Node":"\ud83d\ude00"})").node(), "\U0001f600");
  EXPECT_EQ(read<Node>(R"({"Node":"\ud83dx\ude00\ud83d\u0041"})").node(), "\ufffdx\ufffd\ufffdA");
  EXPECT_EQ(read<Node>("{\"Node\":\"a\xff\xe2\x80z\"}").node(), "a\ufffd\ufffd\ufffdz");
}

TEST(json_codec_read, headers_and_any_objects_are_read) {
  const auto check = read<CheckDefinition>(R"({"Header":{"A":["x","y"],"B":[]}})");
  EXPECT_EQ(check.header().at("A").values_size(), 2);
  EXPECT_EQ(check.header().at("B").values_size(), 0);
  EXPECT_EQ(refusal<CheckDefinition>(R"({"Header":{"A":"x"}})").substr(0, 36),
            "json: cannot unmarshal string into G");
  const std::string config = R"({"a":1000,"b":[1.5,null,true],"c":{"d":"e"}})";
  const auto upstream = read<Upstream>(R"({"Config":)" + config + "}");
  EXPECT_EQ(to_json(upstream.config()), config);
  EXPECT_EQ(to_json(read<google::protobuf::Struct>(config)), config);
  EXPECT_EQ(refusal<Upstream>(R"({"Config":[]})"),
            "json: cannot unmarshal array into Go struct field Upstream.Config of type "
            "map[string]interface {}");
}

TEST(json_codec_read, enums_are_names) {
  EXPECT_EQ(read<tests::EveryKind>(R"({"Colour":"GREEN"})").colour(), tests::GREEN);
  EXPECT_NE(refusal<tests::EveryKind>(R"({"Colour":"blue"})"), "accepted");
  EXPECT_NE(refusal<tests::EveryKind>(R"({"Colour":1})"), "accepted");
}

TEST(json_codec_read, depth_is_bounded) {
  const auto nested = [](std::size_t depth) {
    std::string text = R"({"Any":)";
    for (std::size_t i = 1; i < depth; ++i)
      text += R"({"a":)";
    text += "1";
    return text + std::string(depth, '}');
  };
  read<tests::EveryKind>(nested(limits::json_depth_max));
  EXPECT_EQ(refusal<tests::EveryKind>(nested(limits::json_depth_max + 1)),
            "invalid character '{' exceeded max depth");
  EXPECT_EQ(refusal<tests::EveryKind>(std::string(1'000'000, '[')),
            "invalid character '[' exceeded max depth");
}

}  // namespace
}  // namespace troupe::messages
