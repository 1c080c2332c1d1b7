#include "actors/health/check_validation.hpp"

#include <chrono>
#include <string>

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

messages::CheckDefinition definition(const std::string& text) {
  messages::CheckDefinition parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

std::string refusal(const std::string& text) {
  const auto outcome = validate_check(definition(text));
  return outcome ? "" : outcome.error().detail;
}

check_plan planned(const std::string& text, check_policy policy = {.scripts_from_api = true}) {
  auto plan = plan_check(definition(text), policy, check_origin::api);
  EXPECT_TRUE(plan) << text;
  return plan ? *plan : check_plan{};
}

TEST(check_validation, refuses_what_consul_refuses_with_its_words) {
  struct refused {
    const char* definition;
    const char* words;
  };
  constexpr auto interval_missing =
      "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks";
  const refused cases[] = {
      {"name: 'x'", "Invalid check: TTL must be > 0 for TTL checks"},
      {"interval: 1000", "Invalid check: TTL must be > 0 for TTL checks"},
      {"http: 'http://x'", interval_missing},
      {"tcp: 'x:1'", interval_missing},
      {"udp: 'x:1'", interval_missing},
      {"grpc: 'x:1'", interval_missing},
      {"args: 'true'", interval_missing},
      {"os_service: 'x'", interval_missing},
      {"ttl: 1000 interval: 1000", "Invalid check: Interval and TTL cannot both be specified"},
      {"alias_service: 'w' http: 'http://x' interval: 1000",
       "Invalid check: Interval cannot be set for Alias checks"},
      {"alias_service: 'w' ttl: 5", "Invalid check: TTL must be not be set for Alias checks"},
      {"ttl: 1000 output_max_size: -1", "Invalid check: MaxOutputMaxSize must be positive"},
      {"tcp: 'x:1' interval: 1000 failures_before_warning: 5 failures_before_critical: 2",
       "Invalid check: FailuresBeforeWarning can't be higher than FailuresBeforeCritical"},
      {"alias_service: 'w' interval: 1000", ""},
      {"ttl: 10", ""},
      {"http: 'http://x' tcp: 'x:1' interval: 1000", ""},
  };
  for (const auto& [text, words] : cases)
    EXPECT_EQ(refusal(text), words) << text;
}

TEST(check_validation, chooses_one_kind_of_several) {
  EXPECT_EQ(planned("http: 'http://x' tcp: 'x:1' interval: 1000").kind, check_kind::http);
  EXPECT_EQ(planned("tcp: 'x:1' grpc: 'x:1' interval: 1000").kind, check_kind::tcp);
  EXPECT_EQ(planned("args: 'true' interval: 1000").kind, check_kind::script);
  EXPECT_EQ(planned("alias_node: 'n'").kind, check_kind::alias);
  EXPECT_EQ(planned("ttl: 5 http: ''").kind, check_kind::ttl);
  EXPECT_EQ(check_type_name(definition("http: 'x' grpc: 'x:1' interval: 1")), "grpc");
  EXPECT_EQ(check_type_name(definition("name: 'x'")), "");
}

TEST(check_validation, fills_in_what_was_left_out) {
  const auto http = planned(
                        "http: 'http://x' interval: 5 failures_before_critical: 3 "
                        "deregister_critical_service_after: 7")
                        .definition;
  EXPECT_EQ(http.interval(), std::chrono::nanoseconds{1s}.count());
  EXPECT_EQ(http.timeout(), std::chrono::nanoseconds{10s}.count());
  EXPECT_EQ(http.failures_before_warning(), 3);
  EXPECT_EQ(http.deregister_critical_service_after(), std::chrono::nanoseconds{1min}.count());
  EXPECT_EQ(http.output_max_size(), 4096);
  EXPECT_EQ(planned("args: 'x' interval: 5").definition.timeout(),
            std::chrono::nanoseconds{30s}.count());
  EXPECT_EQ(planned("ttl: 5 output_max_size: 10").definition.output_max_size(), 10);
  EXPECT_EQ(planned("ttl: 5").definition.deregister_critical_service_after(), 0);
}

TEST(check_validation, runs_scripts_only_where_they_are_permitted) {
  const auto script = definition("args: 'true' interval: 1000");
  const check_policy local{.scripts_from_configuration = true};
  const auto refused = plan_check(script, local, check_origin::api);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail,
            "Scripts are disabled on this agent from remote calls; to enable, configure "
            "'enable_script_checks' to true");
  EXPECT_EQ(refused.error().code, messages::errc::failed);
  EXPECT_TRUE(plan_check(script, local, check_origin::configuration));
  EXPECT_FALSE(plan_check(script, {}, check_origin::configuration));
  // Arguments beside another kind do not slip through.
  EXPECT_FALSE(
      plan_check(definition("args: 'x' http: 'http://x' interval: 9"), {}, check_origin::api));
}

TEST(check_validation, says_clearly_what_it_cannot_run) {
  const auto refused = plan_check(definition("os_service: 'x' interval: 9"), {}, check_origin::api);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "not implemented");
  EXPECT_FALSE(plan_check(definition("h2ping: 'x:1' interval: 9"), {}, check_origin::api));
}

}  // namespace
}  // namespace troupe::actors
