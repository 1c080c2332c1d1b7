#include "actors/registry/service_validation.hpp"

#include <gtest/gtest.h>

#include "messages/json_codec.hpp"
#include "tests/actors/registry/rules.hpp"

namespace troupe::actors {
namespace {

using messages::errc;

const check_rules rules = tests::health_rules();

messages::result<service_plan> plan(const std::string& json, const check_rules& with = rules,
                                    definition_origin origin = definition_origin::api) {
  messages::ServiceDefinition definition;
  EXPECT_TRUE(messages::from_json(json, definition).has_value()) << json;
  return plan_service(definition, {.node = "n1",
                                   .rules = with,
                                   .origin = origin,
                                   .sidecar_port = [](const std::string&) { return 21000; }});
}

struct refusal {
  std::string body;
  errc code;
  std::string text;
};

std::string meta_of(int pairs) {
  std::string text = R"({"Name": "a", "Meta": {)";
  for (int i = 0; i < pairs; ++i)
    text += (i > 0 ? ", \"k" : "\"k") + std::to_string(i) + R"(": "x")";
  return text + "}}";
}

// Recorded from Consul 1.22.7.
const std::vector<refusal> recorded{
    {R"({"ID": "a"})", errc::bad_request, "Missing service name"},
    {R"({"Name": "a", "Address": "0.0.0.0"})", errc::bad_request, "Invalid service address"},
    {R"({"Name": "a", "Address": "::"})", errc::bad_request, "Invalid service address"},
    {R"({"Name": "a", "Weights": {"Passing": 0, "Warning": -1}})", errc::bad_request,
     "Invalid Weights: Passing must be greater than 0"},
    {R"({"Name": "a", "Weights": {"Passing": 65536, "Warning": 1}})", errc::bad_request,
     "Invalid Weights: DNS Weight must be between 0 and 65535"},
    {R"({"Name": "a", "Meta": {"a b": "x"}})", errc::bad_request,
     "Invalid Service Meta: Couldn't load metadata pair ('a b', 'x'): Key contains invalid "
     "characters"},
    {R"({"Name": "a", "Meta": {"a": ")" + std::string(513, 'x') + R"("}})", errc::bad_request,
     "Invalid Service Meta: Couldn't load metadata pair ('a', '" + std::string(513, 'x') +
         "'): Value is too long (limit: 512 characters)"},
    {meta_of(65), errc::bad_request,
     "Invalid Service Meta: Node metadata cannot contain more than 64 key/value pairs"},
    {R"({"Name": "a", "Check": {"Name": "x"}})", errc::bad_request,
     "Invalid check: TTL must be > 0 for TTL checks"},
    {R"({"Name": "a", "Check": {"HTTP": "http://x"}})", errc::bad_request,
     "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks"},
    {R"({"Name": "a", "Check": {"Args": ["true"], "Interval": "10s"}})", errc::failed,
     "Scripts are disabled on this agent from remote calls; to enable, configure "
     "'enable_script_checks' to true"},
    {R"({"Name": "a", "Check": {"TTL": "10s", "Status": "zonk"}})", errc::bad_request,
     "Status for checks must 'passing', 'warning', 'critical'"},
    {R"({"Name": "a", "Check": {"TTL": "10s", "Interval": "10s"}})", errc::bad_request,
     "Invalid check: Interval and TTL cannot both be specified"},
    {R"({"Name": "p", "Kind": "connect-proxy", "Port": 1})", errc::bad_request,
     "Validation failed: 1 error occurred:\n\t* Proxy.DestinationServiceName must be non-empty for "
     "Connect proxy services\n\n"},
    {R"({"Name": "p", "Kind": "connect-proxy", "Proxy": {"DestinationServiceName": "web"}})",
     errc::bad_request,
     "Validation failed: 1 error occurred:\n\t* Port or SocketPath must be set for a "
     "connect-proxy\n\n"},
    {R"({"Name": "mg", "Kind": "mesh-gateway"})", errc::bad_request,
     "Validation failed: 1 error occurred:\n\t* Port must be non-zero for a mesh-gateway\n\n"},
};

TEST(service_validation, refuses_what_was_recorded_with_its_text) {
  for (const auto& row : recorded) {
    const auto planned = plan(row.body);
    ASSERT_FALSE(planned) << row.body;
    EXPECT_EQ(planned.error().code, row.code) << row.body;
    EXPECT_EQ(planned.error().detail, row.text);
  }
}

TEST(service_validation, accepts_what_was_recorded_as_accepted) {
  for (const auto* body :
       {R"({"Name": "a", "Kind": "zonk"})", R"({"Name": "a_b c!"})",
        R"({"Name": "a2t", "Check": {"HTTP": "http://127.0.0.1:1", "TCP": "127.0.0.1:1",
            "Interval": "10s"}})",
        R"({"Name": "p", "Proxy": {"DestinationServiceName": "web"}})",
        R"({"Name": "p", "Port": 1, "Connect": {"Native": true, "SidecarService": {}}})",
        R"({"Name": "a", "TaggedAddresses": {"lan": {"Address": "0.0.0.0", "Port": 1}}})"}) {
    EXPECT_TRUE(plan(body)) << body;
  }
}

TEST(service_validation, fills_in_what_was_left_out) {
  const auto planned =
      plan(R"({"Name": "web", "Port": 80, "Address": "10.0.0.1", "Check": {"TTL": "15s"}})");
  ASSERT_TRUE(planned);
  const auto& service = planned->main.service;
  EXPECT_EQ(service.id(), "web");
  EXPECT_EQ(service.weights().passing(), 1);
  EXPECT_EQ(service.weights().warning(), 1);
  ASSERT_TRUE(service.tagged_addresses().contains("lan_ipv4"));
  EXPECT_EQ(service.tagged_addresses().at("wan_ipv4").address(), "10.0.0.1");
  EXPECT_EQ(service.tagged_addresses().at("wan_ipv4").port(), 80);
  ASSERT_EQ(planned->main.checks.size(), 1U);
  const auto& check = planned->main.checks[0].shown;
  EXPECT_EQ(check.check_id(), "service:web");
  EXPECT_EQ(check.name(), "Service 'web' check");
  EXPECT_EQ(check.status(), "critical");
  EXPECT_EQ(check.type(), "ttl");
  EXPECT_EQ(check.service_id(), "web");
  EXPECT_EQ(check.interval(), "0s");
}

TEST(service_validation, numbers_several_checks_and_keeps_ids_that_were_given) {
  const auto planned = plan(R"({"Name": "web", "ID": "w1", "Check": {"TTL": "15s"},
      "Checks": [{"TTL": "15s"}, {"TTL": "15s", "CheckID": "mine"}]})");
  ASSERT_TRUE(planned);
  std::vector<std::string> ids;
  for (const auto& check : planned->main.checks)
    ids.push_back(check.shown.check_id());
  EXPECT_EQ(ids, (std::vector<std::string>{"service:w1:1", "mine", "service:w1:3"}));
}

TEST(service_validation, makes_a_sidecar_with_a_port_and_two_checks) {
  const auto planned = plan(R"({"Name": "foo", "Port": 8000, "Connect": {"SidecarService": {}}})");
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->sidecar.size(), 1U);
  const auto& [service, checks, token] = planned->sidecar[0];
  EXPECT_EQ(service.id(), "foo-sidecar-proxy");
  EXPECT_EQ(service.service(), "foo-sidecar-proxy");
  EXPECT_EQ(service.kind(), "connect-proxy");
  EXPECT_EQ(service.port(), 21000);
  EXPECT_EQ(service.proxy().destination_service_name(), "foo");
  EXPECT_EQ(service.proxy().destination_service_id(), "foo");
  EXPECT_EQ(service.proxy().local_service_address(), "127.0.0.1");
  EXPECT_EQ(service.proxy().local_service_port(), 8000);
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0].shown.name(), "Connect Sidecar Listening");
  EXPECT_EQ(checks[0].definition.tcp(), "127.0.0.1:21000");
  EXPECT_EQ(checks[1].shown.name(), "Connect Sidecar Aliasing foo");
  EXPECT_EQ(checks[1].definition.alias_service(), "foo");
}

TEST(service_validation, allows_local_scripts_from_the_configuration_only) {
  const auto local = tests::health_rules({.scripts_from_configuration = true});
  const std::string body = R"({"Name": "a", "Check": {"Args": ["true"], "Interval": "10s"}})";
  EXPECT_TRUE(plan(body, local, definition_origin::configuration));
  EXPECT_FALSE(plan(body, local, definition_origin::api));
}

TEST(service_validation, refuses_a_lone_check_with_the_words_of_its_own_endpoint) {
  messages::CheckDefinition check;
  check.set_ttl(1);
  EXPECT_EQ(validate_lone_check(check, rules).error().detail, "Missing check name");
  check.set_name("x");
  check.set_status("zonk");
  EXPECT_EQ(validate_lone_check(check, rules).error().detail, "Bad check status");
  check.set_status("passing");
  EXPECT_TRUE(validate_lone_check(check, rules));
}

}  // namespace
}  // namespace troupe::actors
